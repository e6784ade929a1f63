"""The memory of a running process as root sees it: regions, their flags, and where something lies in them."""

import pathlib
import re


class Region:
    def __init__(self, start, end, access, name):
        self.start, self.end, self.access, self.name, self.flags = start, end, access, name, set()

    def __str__(self):
        return f"{self.start:x}-{self.end:x} {self.access} {self.name or 'anonymous'}"

    @property
    def is_locked_and_not_dumped(self):
        return {"lo", "dd"} <= self.flags


class ProcessMemory:
    """Every region that the process may write to: what it keeps lies nowhere else."""

    HEAD = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+\s*(.*)$")

    def __init__(self, pid):
        self.folder = pathlib.Path(f"/proc/{pid}")

    def regions(self):
        regions = []
        for line in (self.folder / "smaps").read_text().splitlines():
            if found := self.HEAD.match(line):
                start, end, access, name = found.groups()
                regions.append(Region(int(start, 16), int(end, 16), access, name))
            elif line.startswith("VmFlags:"):
                regions[-1].flags = set(line.split()[1:])
        return [region for region in regions if region.access.startswith("rw") and region.name != "[vvar]"]

    def find(self, needles):
        """For each name in `needles` the regions that hold its bytes, one entry for each place."""
        found = {name: [] for name in needles}
        looked = 0
        with open(self.folder / "mem", "rb", buffering=0) as memory:
            for region in self.regions():
                content = self._read(memory, region)
                looked += len(content)
                for name, needle in needles.items():
                    at = content.find(needle)
                    while at >= 0:
                        found[name].append(region)
                        at = content.find(needle, at + 1)
        return found, looked

    @staticmethod
    def _read(memory, region):
        """A guard page or a region that went away meanwhile cannot be read."""
        content, at = bytearray(), region.start
        while at < region.end:
            size = min(1 << 22, region.end - at)
            try:
                memory.seek(at)
                piece = memory.read(size)
            except OSError:
                piece = b""
            content += piece or b"\0" * size
            at += len(piece) or size
        return bytes(content)
