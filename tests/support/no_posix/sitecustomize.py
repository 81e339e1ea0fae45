"""Python starts with this where its folder is on the path: a system without what Windows lacks of POSIX."""

import os
import sys

for module in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[module] = None  # type: ignore[assignment]
for name in ("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "fchmod", "fchown", "geteuid", "getuid"):
    delattr(os, name)
os.supports_dir_fd.clear()
