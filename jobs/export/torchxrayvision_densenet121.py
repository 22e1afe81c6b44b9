"""torchxrayvision's DenseNet121, all its training sets: python3 THIS OUT.pt"""
import argparse

import torchxrayvision

from export_features import Pooled, write

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("out")
arguments = parser.parse_args()
network = torchxrayvision.models.DenseNet(weights="densenet121-res224-all")
write(Pooled(network.features), arguments.out,
      {"name": "densenet121-xrv", "width": 224, "height": 224, "channels": "gray",
       "range": [-1024, 1024]})
