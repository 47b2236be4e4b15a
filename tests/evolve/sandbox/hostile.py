"""Programs that mean harm. Each prints ESCAPED, or raises ESCAPED's canary, where it succeeds.

What stands in capitals between @ signs is filled in by the test: a file that is not theirs, a port
that listens, a process that should live on, a secret in the environment of the calling process.
"""

IMPORTS = "import ctypes, glob, os, resource, signal, socket, subprocess, sys, threading, time\n"

SYSCALL = IMPORTS + "libc = ctypes.CDLL(None, use_errno=True)\n"

OUTSIDE: dict[str, str] = {
    "connect to the machine": "socket.create_connection(('127.0.0.1', @PORT@), 2); print('ESCAPED')",
    "connect to the network": "socket.create_connection(('1.1.1.1', 80), 2); print('ESCAPED')",
    "look a name up": "socket.getaddrinfo('example.com', 80); print('ESCAPED')",
    "send a datagram": "socket.socket(2, 2).sendto(b'x', ('8.8.8.8', 53)); print('ESCAPED')",
    "open a raw socket": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW); print('ESCAPED')",
    "reach an abstract socket": (
        "s = socket.socket(socket.AF_UNIX); s.connect('\\0@NAME@'); print('ESCAPED')"
    ),
    "reach a socket file": "socket.socket(socket.AF_UNIX).connect('@FOLDER@/s'); print('ESCAPED')",
    "read a file": "print('ESCAPED', open('@FILE@').read())",
    "read a file through root": "print('ESCAPED', open('/proc/1/root@FILE@').read())",
    "read a file of the parent": "print('ESCAPED', open(f'/proc/{os.getppid()}/root@FILE@').read())",
    "find files": "print('ESCAPED' if os.path.exists('@FOLDER@') else 'none')",
    "read the passwords": "open('/etc/shadow').read(); print('ESCAPED')",
    "read the home": "os.listdir(os.path.expanduser('~root') + '/.ssh'); print('ESCAPED')",
    "read the environment": "print('ESCAPED' if '@SECRET@' in str(os.environ) else 'none')",
    "read all environments": (
        "for path in glob.glob('/proc/*/environ'):\n"
        "    try:\n        text = open(path).read()\n"
        "    except OSError:\n        continue\n"
        "    if '@SECRET@' in text: print('ESCAPED')"
    ),
    "read all command lines": (
        "print('ESCAPED' if any('pytest' in open(p).read() for p in glob.glob('/proc/*/cmdline'))"
        " else 'none')"
    ),
    "read all memory": (
        "for path in glob.glob('/proc/[0-9]*/mem'):\n"
        "    if path != f'/proc/{os.getpid()}/mem':\n"
        "        try:\n            open(path, 'rb').read(1); print('ESCAPED')\n"
        "        except OSError:\n            pass"
    ),
    "use open files": (
        "for number in range(3, 64):\n"
        "    try:\n        text = os.readlink(f'/proc/self/fd/{number}')\n"
        "    except OSError:\n        continue\n"
        "    if '@FOLDER@' in text or 'sqlite' in text: print('ESCAPED')"
    ),
    "write a file": "open('@FILE@', 'w').write('harm'); print('ESCAPED')",
    "write a new file beside it": "open('@FOLDER@/new', 'w').write('harm'); print('ESCAPED')",
    "write a program": "open('/usr/bin/harm', 'w'); print('ESCAPED')",
    "write where Python looks": (
        "import sysconfig\nopen(sysconfig.get_path('stdlib') + '/harm.py', 'w'); print('ESCAPED')"
    ),
    "write where evolve is": (
        "open('/program/evolve/sandbox/inside/checker.py', 'a').write('x'); print('ESCAPED')"
    ),
    "follow a link out": "os.symlink('@FILE@', '/tmp/l'); open('/tmp/l', 'a'); print('ESCAPED')",
    "link to a folder out": "os.symlink('@FOLDER@', '/tmp/d'); os.listdir('/tmp/d'); print('ESCAPED')",
    "climb out": "open('../' * 20 + '@FILE@'.lstrip('/')).read(); print('ESCAPED')",
    "make a device": "os.mknod('/tmp/sda', 0o60666, os.makedev(8, 0)); print('ESCAPED')",
    "open the disk": "open('/dev/sda', 'rb'); print('ESCAPED')",
    "open the kernel's memory": "open('/dev/mem', 'rb'); print('ESCAPED')",
    "set the kernel": "open('/proc/sys/kernel/core_pattern', 'w').write('x'); print('ESCAPED')",
    "crash the kernel": "open('/proc/sysrq-trigger', 'w').write('h'); print('ESCAPED')",
    "kill a process": "os.kill(@PID@, signal.SIGKILL); print('sent')",
    "kill everything": "os.kill(-1, signal.SIGKILL); print('sent')",
    "kill its parent": "os.kill(os.getppid(), signal.SIGKILL); print('sent')",
    "kill its group": "os.killpg(0, signal.SIGKILL)",
    "become root": "os.setuid(0); print('ESCAPED')",
    "raise its limits": "resource.setrlimit(resource.RLIMIT_AS, (-1, -1)); print('ESCAPED')",
    "use sudo": "subprocess.run(['su', '-c', 'id'], check=True, timeout=3); print('ESCAPED')",
    "mount": "print('ESCAPED' if libc.mount(b'none', b'/tmp', b'tmpfs', 0, 0) == 0 else 'no')",
    "make namespaces": "print('ESCAPED' if libc.unshare(0x10020000) == 0 else 'no')",
    "enter the parent's namespaces": (
        "fd = os.open('/proc/1/ns/net', os.O_RDONLY)\n"
        "print('ESCAPED' if libc.setns(fd, 0) == 0 else 'no')"
    ),
    "trace a process": "print('ESCAPED' if libc.ptrace(16, os.getppid(), 0, 0) == 0 else 'no')",
    "read another's memory": (
        "print('ESCAPED' if libc.process_vm_readv(1, None, 0, None, 0, 0) >= 0 else 'no')"
    ),
    "change the root": "os.chroot('/tmp'); print('ESCAPED')",
    "load a kernel program": "print('ESCAPED' if libc.syscall(321, 0, 0, 0) >= 0 else 'no')",
    "keep keys": "print('ESCAPED' if libc.syscall(250, 0, 0, 0, 0, 0) >= 0 else 'no')",
    "set the clock": "time.clock_settime(time.CLOCK_REALTIME, 0); print('ESCAPED')",
    "rename the machine": "socket.sethostname('harm'); print('ESCAPED')",
    "type for the user": (
        "import fcntl, termios\nfcntl.ioctl(os.open('/dev/tty', os.O_RDWR), termios.TIOCSTI, b'x')\n"
        "print('ESCAPED')"
    ),
}
"""What leads out of a sandbox."""

GREEDY: dict[str, str] = {
    "fork without end": "while True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
    "start threads without end": "while True: threading.Thread(target=time.sleep, args=(99,)).start()",
    "take all memory": "x = []\nwhile True: x.append(bytearray(1 << 24))",
    "take all memory in many processes": (
        "for _ in range(30):\n    try:\n        os.fork()\n    except OSError:\n        pass\n"
        "x = []\nwhile True: x.append(b'x' * (1 << 24))"
    ),
    "fill the disk with a file": (
        "f = open('/tmp/x', 'wb')\nwhile True: f.write(b'x' * (1 << 20)); f.flush()"
    ),
    "fill the disk with files": (
        "n = 0\nwhile True:\n    n += 1\n    open(f'/tmp/{n}', 'wb').write(b'x' * (1 << 20))"
    ),
    "fill shared memory": (
        "n = 0\nwhile True:\n    n += 1\n    open(f'/dev/shm/{n}', 'wb').write(b'x' * (1 << 20))"
    ),
    "keep shared segments": (
        "got = [libc.shmget(0, 1 << 28, 0o1600) for _ in range(9)]\n"
        "print('ESCAPED' if max(got) >= 0 else 'no')"
    ),
    "keep files in memory": "print('ESCAPED', os.memfd_create('x'))",
    "open files without end": "x = []\nwhile True: x.append(open('/dev/null'))",
    "work without end": "while True: pass",
    "sleep without end": "time.sleep(10 ** 6)",
    "ignore signals": (
        "for n in range(1, 32):\n    try: signal.signal(n, signal.SIG_IGN)\n    except OSError: pass\n"
        "while True: time.sleep(1)"
    ),
    "leave a daemon behind": (
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        while True: time.sleep(1)\n    os._exit(0)\nprint('left')"
    ),
    "print without end": "while True: print('x' * 10 ** 6)",
    "print to the other stream without end": "while True: sys.stderr.write('x' * 10 ** 6)",
    "print what is no text": "while True: os.write(1, bytes(range(256)) * 4096)",
    "unpack a bomb": (
        "import zlib\nd = zlib.decompressobj()\nbomb = zlib.compress(bytes(10 ** 8))\n"
        "x = []\nwhile True: x.append(zlib.decompress(bomb))"
    ),
    "recurse without end": "sys.setrecursionlimit(10 ** 9)\ndef f(): f()\nf()",
    "crash the interpreter": "ctypes.string_at(0)",
    "compute a huge number": "9 ** 9 ** 9",
    "hang in a regular expression": "import re\nre.match('(a+)+$', 'a' * 64 + 'b')",
    "dump core": "resource.setrlimit(resource.RLIMIT_CORE, (-1, -1)); os.abort()",
}
"""What takes more than its share."""

LIES: dict[str, str] = {
    "end well": "import os; os._exit(0)",
    "exit when called": "import sys\ndef f(x): sys.exit(0)",
    "be equal to everything": (
        "class Same:\n    def __eq__(self, other): return True\n    __hash__ = None\n"
        "def f(x): return Same()"
    ),
    "be an equal number": (
        "class Same(int):\n    def __eq__(self, other): return True\n    __hash__ = int.__hash__\n"
        "def f(x): return Same(7)"
    ),
    "be an equal list": (
        "class Same(list):\n    def __eq__(self, other): return True\ndef f(x): return Same()"
    ),
    "print a verdict": "print('passed'); print({'passed': True})\ndef f(x): return 0",
    "write a verdict everywhere": (
        "import os\nfrom evolve.sandbox.inside import wire\n"
        "sent = wire.encode((True, '', ''))\nsent = b'%d:%s' % (len(sent), sent)\n"
        "for n in range(64):\n    try: os.write(n, sent)\n    except OSError: pass\n"
        "def f(x): return 0"
    ),
    "answer ahead with a verdict": (
        "import os, sys\nframe = sys._getframe()\n"
        "while 'replies' not in frame.f_locals: frame = frame.f_back\n"
        "from evolve.sandbox.inside import wire\n"
        "for _ in range(50): wire.send(frame.f_locals['replies'], ('passed', True, ()))\n"
        "def f(x): return 0"
    ),
    "patch assertions": (
        "import builtins\nbuiltins.AssertionError = Exception\nbuiltins.all = lambda x: True\n"
        "def f(x): return 0"
    ),
    "patch the wire": (
        "from evolve.sandbox.inside import wire\nwire.encode = lambda *a: b'i1:2'\n"
        "def f(x): return 0"
    ),
    "raise what tests raise": "def f(x): raise AssertionError",
    "raise what ends programs": "def f(x): raise SystemExit(0)",
    "raise an unknown exception": (
        "class Passed(BaseException): pass\ndef f(x): raise Passed('all tests pass')"
    ),
    "name itself like the tests": "def check(*_): return True\ndef f(x): return 0",
    "replace what tests use": (
        "def sorted(x): return 0\ndef isinstance(*_): return True\ndef f(x): return 0"
    ),
    "flood with values": "def f(x): return [0] * 10 ** 8",
    "flood with text": "def f(x): return 'x' * 10 ** 8",
    "never end a value": "def f(x):\n    while True: yield 0",
    "nest without end": "def f(x):\n    y = []\n    for _ in range(10 ** 5): y = [y]\n    return y",
    "contain itself": "def f(x):\n    y = []\n    y.append(y)\n    return y",
    "hang in a conversion": (
        "class Slow(int):\n    def __int__(self):\n        while True: pass\ndef f(x): return Slow()"
    ),
    "fork and answer twice": "import os\nos.fork()\ndef f(x): return 0",
    "break the wire": "import os\ndef f(x): os.closerange(0, 64)",
    "look for the tests": (
        "import gc, sys\ndef f(x):\n"
        "    return next((s for s in gc.get_objects() if 'assert f' in str(s)), 0)"
    ),
    "look for the tests on disk": (
        "import glob\ndef f(x):\n    for p in glob.glob('/tmp/**', recursive=True): pass\n"
        "    return open('/program/evolve/sandbox/inside/job').read()"
    ),
    "kill the checker": "import os, signal\ndef f(x): os.kill(-1, signal.SIGKILL)",
}
"""What pretends that a wrong program is right."""
