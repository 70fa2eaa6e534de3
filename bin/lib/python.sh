# Finds Python 3.11 or later and runs one of the scripts beside this file with it.
# needs: $here (the folder bin/) and $script (the name of the script)

for candidate in "$here/../.venv/bin/python" python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$candidate" -B "$here/lib/$script" "$@"
    fi
done
echo "Python 3.11 or later is needed: apt-get install python3 python3-venv" >&2
exit 1
