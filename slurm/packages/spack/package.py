# A recipe for Spack: copy this folder to packages/crossfold of a repository of yours and name the
# place of your clone below. README.md beside it says what of it was checked.
from spack.package import *


class Crossfold(CMakePackage):
    """Distributed cross-validation on frozen image embeddings."""

    git = "file:///path/to/your/clone/of/crossfold"
    license("Apache-2.0")

    version("main", branch="main")

    variant("cuda", default=False, description="Build the kernels for GPUs")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("ninja", type="build")
    depends_on("pkgconfig", type="build")

    depends_on("openmpi@4.1:")
    depends_on("hdf5@1.10: ~mpi")
    depends_on("py-torch@1.13: ~cuda ~distributed", when="~cuda")
    depends_on("py-torch@1.13: +cuda ~distributed", when="+cuda")
    depends_on("cuda@12:", when="+cuda")
    depends_on("onednn@2.6:")
    depends_on("opencv@4: +calib3d +dnn +features2d +imgcodecs +imgproc +png +jpeg")
    depends_on("dcmtk@3.6.7:")
    depends_on("jpeg")
    depends_on("cairo +ft +pdf")
    depends_on("freetype")
    depends_on("zlib-api")
    depends_on("openssl")
    depends_on("utf8proc")
    depends_on("boost@1.74:")
    depends_on("cli11@2:")
    depends_on("fmt@9:")
    depends_on("spdlog@1.10: +fmt_external")
    depends_on("nlohmann-json@3.11:")
    depends_on("random123@1.14:")

    generator("ninja")

    # The font of the figures, of which Spack has no package.
    resource(
        name="liberation-fonts",
        url="https://github.com/liberationfonts/liberation-fonts/files/7261482/liberation-fonts-ttf-2.1.5.tar.gz",
        sha256="0" * 64,  # to be filled in: `spack checksum` could not be run
        placement="liberation",
    )

    conflicts("%gcc@:11", msg="C++20 as GCC 12 has it")

    def cmake_args(self):
        torch = join_path(self.spec["py-torch"].package.module.python_platlib, "torch")
        font = find(self.stage.source_path, "LiberationSans-Regular.ttf")
        return [
            self.define("CROSSFOLD_TESTS", False),
            self.define("CROSSFOLD_CUDA", "ON" if "+cuda" in self.spec else "OFF"),
            self.define("CMAKE_PREFIX_PATH", torch),
            self.define("CROSSFOLD_FONT", font[0] if font else ""),
        ]
