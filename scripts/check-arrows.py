#!/usr/bin/env python3
"""Compares every import of one of our modules with what the manifest declares for that target.

SwiftPM alone does not hold the floors: an undeclared import compiles whenever the sibling happens to be built.
"""
import json
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
manifest = json.loads(subprocess.check_output(["swift", "package", "dump-package"], cwd=root))
ours = {target["name"].replace("-", "_") for target in manifest["targets"]}
importing = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"
    r"(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?(\w+)")

wrong = []
for target in manifest["targets"]:
    if target["type"] == "system":
        continue
    declared = {
        next(iter(dependency.values()))[0].replace("-", "_") for dependency in target["dependencies"]
    }
    default = ("Tests/" if target["type"] == "test" else "Sources/") + target["name"]
    folder = root / (target.get("path") or default)
    for file in sorted(folder.rglob("*.swift")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            match = importing.match(line)
            if match and match[1] in ours and match[1] not in declared and match[1] != target["name"]:
                wrong.append(f"{file.relative_to(root)}:{number}: {target['name']} imports {match[1]}, "
                             "which the manifest does not declare for it")

print("\n".join(wrong) if wrong else f"arrows: {len(manifest['targets'])} targets import only what they declare")
sys.exit(1 if wrong else 0)
