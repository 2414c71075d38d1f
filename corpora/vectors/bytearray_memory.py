#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""bytearray_memory.py VECTOR.json ...: a guest memory over bytearrays, held against portable vectors. It has nothing of gmcheck's.

Exit codes: 0 every vector holds, 1 one does not (which call, what was expected, what was got), 4 there was none.
"""
import json
import sys
ORDERS = {"atomic_load": (0, 1, 4), "atomic_store": (0, 2, 4)}
class Memory:
    def __init__(self, entries, profile):
        self.regions = sorted([int(e["base"], 16), bytearray(int(e["size"], 16)), "read_only" in e] for e in entries)
        self.says = lambda switch, default: profile.get(switch, default)
        self.dirty, self.tracks = set(), self.says("dirty_enable", "always") == "always" and self.says("dirty_source", "none") != "none"
    def region_at(self, address):
        return next((r for r in self.regions if r[0] <= address < r[0] + len(r[1])), None)
    def walk(self, address, size, writes):
        """The pieces (region, offset, size) of the range that can be moved, how many bytes they are, and what stops there."""
        pieces, moved = [], 0
        while moved < size:
            region = self.region_at(address + moved)
            if region is None or (writes and region[2] and self.says("permissions", "none") != "guest_only"):
                return pieces, moved, "denied" if region else "out_of_range"
            if pieces and self.says("cross_region", "reject") == "reject":
                return [], 0, "out_of_range"
            offset = address + moved - region[0]
            pieces.append((region, offset, min(len(region[1]) - offset, size - moved)))
            moved += pieces[-1][2]
        return pieces, moved, None
    def touch(self, first, end):
        self.dirty.update(range(first // 4096, (end + 4095) // 4096) if self.tracks and first < end else ())

    def move(self, address, size, data=None, partial=False):
        """Reads without `data`, which may be one byte for all of the range."""
        pieces, moved, stop = self.walk(address, size, data is not None)
        effect = self.says("perm_fail_effect" if stop == "denied" else "range_fail_effect", "nothing")
        if stop and (moved == 0 or not partial and effect == "nothing"):
            return {"status": stop}
        answer = {"status": "ok" if partial or not stop else "short", "count": moved, "address": address + moved, "dirty": sorted(self.dirty), "bytes": b""}
        for region, offset, part in pieces:
            if data is not None:
                region[1][offset:offset + part] = data * part if len(data) == 1 else data[len(answer["bytes"]):][:part]
                self.touch(region[0] + offset, region[0] + offset + part)
            answer["bytes"] += region[1][offset:offset + part]
        return answer | {"value": int.from_bytes(answer["bytes"], "little")}

    def atomic(self, c, address, size, data):
        region = self.region_at(address)
        if self.says("atomics", "none") == "none" or size not in (1, 2, 4, 8) or c["order"] not in ORDERS.get(c["op"], range(5)) or c.get("failure_order", 0) not in (0, 1, 4):
            return {"status": "invalid_argument"}
        if region is None or (address - region[0]) % size or address + size > region[0] + len(region[1]):
            return {"status": "misaligned" if region and (address - region[0]) % size else "out_of_range"}
        old, given = self.move(address, size)["value"], int.from_bytes(data, "little")
        if c["op"] == "compare_exchange" and old != int.from_bytes(bytes.fromhex(c["expected"]), "little"):
            return {"status": "mismatch", "value": old}
        new = {"add": old + given, "sub": old - given, "and": old & given, "or": old | given, "xor": old ^ given}.get(c["op"][-3:].strip("_"), given)
        return self.move(address, size, None if c["op"] == "atomic_load" else (new % (1 << 8 * size)).to_bytes(size, "little")) | {"value": old}
    def call(self, c):
        op, data = c["op"], bytes.fromhex(c.get("data", "") or c.get("byte", ""))
        address, size, count, room = (int(c.get(key, "0"), 16) for key in ("address", "size", "count", "room"))
        if "order" in c:
            return self.atomic(c, address, size, data)
        if op in ("read_array", "write_array"):
            stop, moved = self.walk(address, size * count, op == "write_array")[2], min(count, room)
            return {"status": stop} if stop else self.move(address, moved * size, data[:moved * size] if data else None) | {"count": moved}
        if op.startswith(("read", "write", "load", "store", "fill")):
            return self.move(address, size, None if op.startswith(("read", "load")) else data, op.endswith("_partial"))
        if op == "check_range":
            return {"status": "ok", "value": int(self.walk(address, size, "w" in c["rights"])[2] is None)}
        if op in ("checked_offset", "find"):
            region, value = self.region_at(address + size), address + size
            return {"status": "ok", "value": region[0] if op == "find" else value, "count": len(region[1])} if region else {"status": "not_found"}
        if op == "harvest":
            told, self.dirty = sorted(self.dirty), set() if c["clears"] and self.tracks else self.dirty
            return {"status": "ok", "dirty": told} if self.tracks else {"status": "bad_state"}
        if op == "track" and c["on"] != self.tracks:
            self.dirty, self.tracks = set(), c["on"]
        for base, memory, read_only in self.regions if op in ("mark", "zero_all") else ():
            self.touch(max(base, address), min(base + len(memory), address + size)) if op == "mark" else read_only or self.move(base, len(memory), b"\0")
        return {"status": "ok", "count": len(self.regions), "regions": [{"base": hex(r[0]), "size": hex(len(r[1]))} for r in self.regions]}

def wrong(expect, got):
    for key, value in ((k, v) for k, v in expect.items() if k.removesuffix("_if_given") == k or k.removesuffix("_if_given") in got):
        there = got.get(key.removesuffix("_if_given"))
        want = value if key in ("status", "regions") else bytes.fromhex(value) if key == "bytes" else [int(v, 16) for v in value] if key == "dirty" else int(value, 16)
        if there not in want if key == "status" else there != want:
            return f"{key}: expected {value}, got {there}"

def check(vector):
    memory, end = Memory(vector["memory"], vector["profile"]), vector["finally"]
    calls = vector["operations"] + [{"op": "read", "address": p["address"], "size": hex(len(p["bytes"]) // 2), "expect": {"bytes": p["bytes"]}} for p in end["bytes"]]
    for number, call in enumerate(calls + [{"op": "read", "expect": {"dirty": end["dirty"]}}]):
        if problem := wrong(call["expect"], memory.call(call)):
            return f"{vector['name']}: call {number}, {call['op']}: {problem}"

if __name__ == "__main__":
    vectors = [json.load(open(path, encoding="utf-8")) for path in sys.argv[1:]]
    problems = [problem for vector in vectors if (problem := check(vector))]
    print("\n".join(problems + [f"{len(vectors) - len(problems)} of {len(vectors)} vectors hold"]))
    sys.exit(1 if problems else 0 if vectors else 4)
