"""What a report says of the machine and of the build: from /proc, and from meson's introspection."""

import json
import os
import pathlib
import platform
import re
import shutil
import subprocess

OPTIONS = ("buildtype", "optimization", "debug", "b_ndebug", "b_lto", "b_pgo", "b_sanitize", "c_args", "cpp_args",
           "c_link_args", "cpp_link_args")
# Of the flags of the compiler, those that tell how fast its code is.
TELLING = re.compile(r"-O.*|-m.*|-f(?!diagnostics|visibility).*|-DNDEBUG|-g.*|-std=.*")
# Of the dependencies, those that no figure depends on.
NOT_MEASURED = ("cmocka", "benchmark", "CLI11")
# Servers beside which is measured, and how they tell their version.
SERVERS = ("redis-server", "memcached")


def _text(path):
    try:
        return pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _output(*command):
    """The first line that a command prints, or nothing where there is no such command."""
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return done.stdout.strip().split("\n")[0] if done.returncode == 0 else ""


def _processor():
    for name in ("model name", "Model", "cpu model"):
        found = re.search(rf"^{name}\s*: (.+)$", _text("/proc/cpuinfo"), re.MULTILINE)
        if found:
            return found[1].strip()
    return platform.processor() or platform.machine()


def _virtual():
    """What kind of virtual machine this is, or False. A container is none: it runs on its host's own kernel."""
    kind = _output("systemd-detect-virt", "--vm")
    if kind:
        return kind
    return "yes" if re.search(r"^flags\s*:.*\bhypervisor\b", _text("/proc/cpuinfo"), re.MULTILINE) else False


def describe_machine():
    memory = re.search(r"^MemTotal:\s*(\d+) kB", _text("/proc/meminfo"), re.MULTILINE)
    system = re.search(r'^PRETTY_NAME="?([^"\n]+)', _text("/etc/os-release"), re.MULTILINE)
    return {
        "processor": _processor(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "usable_cores": len(os.sched_getaffinity(0)),
        "governor": _text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").strip() or None,
        "memory_bytes": int(memory[1]) * 1024 if memory else None,
        "kernel": platform.release(),
        "system": system[1] if system else None,
        "virtual": _virtual(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _introspection(build, name):
    return json.loads((pathlib.Path(build) / "meson-info" / f"intro-{name}.json").read_text(encoding="utf-8"))


def _compiler(build):
    """Its name and version, and the flags of the library's own sources."""
    library = next(target for target in _introspection(build, "targets") if target["name"] == "latzero")
    sources = next(group for group in library["target_sources"] if group.get("compiler"))
    command = [part for part in sources["compiler"] if os.path.basename(part) != "ccache"]
    flags = [flag for flag in sources["parameters"] if TELLING.fullmatch(flag)]
    return _output(command[0], "--version") or os.path.basename(command[0]), flags


def _peers(build):
    versions = {one["name"]: one["version"] for one in _introspection(build, "dependencies")
                if one["version"] not in ("", "unknown") and one["name"] not in NOT_MEASURED}
    for server in SERVERS:
        version = re.search(r"\d+\.\d+[\d.]*", _output(server, "--version"))
        if version:
            versions[server] = version[0]
    return versions


def describe_build(build):
    project = _introspection(build, "projectinfo")
    options = {option["name"]: option["value"] for option in _introspection(build, "buildoptions")}
    info = json.loads((pathlib.Path(build) / "meson-info" / "meson-info.json").read_text(encoding="utf-8"))
    source = info["directories"]["source"]
    compiler, flags = _compiler(build)
    return {
        "library": project["version"],
        "commit": _output("git", "-C", source, "describe", "--always", "--dirty", "--exclude", "*") or None,
        "compiler": compiler,
        "flags": flags,
        "options": {name: options[name] for name in OPTIONS if name in options},
        "beside": _peers(build),
    }
