"""Turns the working tree into the programs to measure and the profiles to feed them."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
GO_ENVIRONMENT = {"GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": "-mod=mod"}


class Unavailable(Exception):
    """A program that cannot be had here, and why."""


def output(argv, **environment):
    """Standard output of a command that must work; what it writes to standard error is shown."""
    argv = [str(argument) for argument in argv]
    done = subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
    if done.returncode != 0:
        raise Unavailable(f"`{' '.join(argv)}` exited with {done.returncode}")
    return done.stdout


def cargo(*arguments):
    """Builds, and returns the executables by the names of their targets."""
    lines = output(["cargo", *arguments, "--message-format=json-render-diagnostics"]).splitlines()
    messages = [json.loads(line) for line in lines if line.startswith("{")]
    return {m["target"]["name"]: m["executable"] for m in messages if m.get("executable")}


def target_directory():
    metadata = json.loads(output(["cargo", "metadata", "--no-deps", "--format-version=1"]))
    return pathlib.Path(metadata["target_directory"])


def go_pprof():
    """The path of the real `go tool pprof`, built if need be."""
    reasons = []
    for go in go_candidates(reasons):
        try:
            path = output([go, "tool", "-n", "pprof"], **GO_ENVIRONMENT).strip()
        except (OSError, Unavailable) as error:
            reasons.append(str(error))
            continue
        if os.access(path, os.X_OK):
            return path
        reasons.append(f"{go} names {path!r} as its pprof, which cannot be run")
    raise Unavailable("no go tool pprof: " + "; ".join(reasons))


def go_candidates(reasons):
    """Programs that may be `go`: the project's own toolchain, $PROFGATE_GO, then PATH."""
    script = ROOT / "scripts" / "go-toolchain"
    if script.exists():
        try:
            yield output([script]).strip()
        except Unavailable as error:
            reasons.append(str(error))
    elif os.environ.get("PROFGATE_GO"):
        yield os.environ["PROFGATE_GO"]
    if found := shutil.which("go"):
        yield found
    else:
        reasons.append("no go in PATH")


def profiles(cache, generator, size, layout, seed):
    """The base and the new path of the input of this size: two files, or two directories for the fleet. They are made
    once for each version of the generator; older versions are removed."""
    sources = [ROOT / "benches" / "generate.rs", *sorted((ROOT / "benches" / "generate").glob("*.rs"))]
    version = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    kind = f"{size}-{layout}-{seed}"
    directory = cache / f"{kind}-{version}"
    if not directory.exists():
        for stale in cache.glob(f"{kind}-*"):
            shutil.rmtree(stale)
        partial = cache / f"{kind}-{version}.partial"
        output([generator, "--size", size, "--layout", layout, "--seed", seed, "--out", partial])
        partial.rename(directory)
    suffix = "" if size == "fleet" else ".pb.gz"
    return directory / f"base{suffix}", directory / f"new{suffix}"


def quarter(cache, side):
    """A directory with every fourth file of `side`."""
    directory = cache / f"{side.parent.name}-quarter" / side.name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for file in sorted(side.iterdir())[::4]:
        os.link(file, directory / file.name)
    return directory


def bytes_of(path):
    """Bytes of a file, or of a directory's files."""
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)
