"""torchvision's DenseNet121 (ImageNet), gray copied to 3 channels: python3 THIS OUT.pt [--random]"""
import argparse

import torchvision

from export_features import Pooled, write

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("out")
parser.add_argument("--random", action="store_true", help="random weights: to try things out")
arguments = parser.parse_args()
weights = None if arguments.random else torchvision.models.DenseNet121_Weights.IMAGENET1K_V1
network = torchvision.models.densenet121(weights=weights)
write(Pooled(network.features), arguments.out,
      {"name": "densenet121-random" if arguments.random else "densenet121-imagenet",
       "width": 224, "height": 224, "channels": "gray three times", "range": [0, 1],
       "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]})
