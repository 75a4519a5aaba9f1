cd /tmp/scratch/bars
H='from glacier_runtime.run_task.aws_lambda import handle
handle({"task": "double", "run_id": "cold"}, None)'
python - <<'P'
import re
s=open('/tmp/scratch/bars/ab.py').read()
P
echo usual; python ab.py 9 "$(cat usual.py)"
export GLACIER_CLOUD=local GLACIER_TASK=double
echo task; sed "s#cwd='/tmp/scratch/bars'#cwd='/tmp/scratch/bars/proj'#; s#base=.*#base='import polars'#" ab.py > abt.py; sed -i 's#^rounds=int(sys.argv\[1\]); code=sys.argv\[2\]; base=.*#rounds=int(sys.argv[1]); code=sys.argv[2]; base="import polars"#' abt.py; python abt.py 9 "$H"
for i in 1 2 3; do for P in /tmp/scratch/bars/old /tmp/wt/bars; do (cd $P; echo overhead $P; PYTHONPATH=$P python /tmp/scratch/bars/ov.py; echo); done; done
