"""Running untrusted code: programs that a model wrote, and their tests.

``base``        the contract: a command line that keeps a program in, and its limits
``bubblewrap``  namespaces of the Linux kernel, without a daemon; the default
``docker``      a container; ``podman`` likewise
``unsafe``      this machine as it is, for who explicitly accepts it
``seccomp``     the system calls that are kept from a program
``processes``   starts programs, bounds what they say and how long they take, and ends them
``programs``    runs one program and says what it printed
``judging``     runs tests in one place and the program that they test in another
``inside``      what runs within; it imports nothing but the standard library
"""
