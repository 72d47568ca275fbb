# SPDX-License-Identifier: ISC
"""Unpacks the mail servers of the lab, each product with all that it needs into a root of its own.

Debian's mail servers conflict with each other and start themselves when installed. So nothing is installed: apt is asked with an empty list of
installed packages, which makes it name every library too, and the archives are only unpacked. No script of a package runs.
"""
import json
import os
import shutil
import subprocess
import sys

import places

# Product: the packages, and programs that must be there afterwards. nullmailer stands in for a mail transport agent, as the smallest one.
PRODUCTS = {
    "dovecot": (["dovecot-imapd", "dovecot-pop3d"], ["usr/sbin/dovecot", "usr/lib/dovecot/imap-login", "usr/lib/dovecot/pop3-login"]),
    "courier": (["courier-imap", "courier-pop", "gnutls-bin", "nullmailer"], ["usr/sbin/couriertcpd", "usr/bin/couriertls"]),
    "cyrus": (["cyrus-imapd", "cyrus-pop3d", "nullmailer"], ["usr/sbin/cyrmaster", "usr/lib/cyrus/bin/imapd", "usr/lib/cyrus/bin/pop3d"]),
    "mailutils": (["mailutils-imap4d", "mailutils-pop3d"], ["usr/sbin/imap4d", "usr/sbin/pop3d"]),
    "popa3d": (["popa3d"], ["usr/sbin/popa3d"]),
    "solid-pop3d": (["solid-pop3d"], ["usr/sbin/solid-pop3d"]),
    "stunnel": (["stunnel4"], ["usr/bin/stunnel4"]),
    "haproxy": (["haproxy"], ["usr/sbin/haproxy"]),
    "nginx": (["nginx", "libnginx-mod-mail"], ["usr/sbin/nginx", "usr/lib/nginx/modules/ngx_mail_module.so"]),
    "perdition": (["perdition"], ["usr/sbin/perdition"]),
}

# Users and groups that the servers drop to; they exist only inside the roots.
USERS = [("root", 0, 0), ("daemon", 1, 1), ("mail", 8, 8), ("nobody", 65534, 65534), ("dovecot", 901, 901), ("dovenull", 902, 902),
         ("courier", 903, 903), ("cyrus", 904, 8), ("popa3d", 905, 905), ("spop3d", 906, 906)]
GROUPS = [("root", 0), ("daemon", 1), ("tty", 5), ("mail", 8), ("shadow", 42), ("sasl", 45), ("nogroup", 65534), ("dovecot", 901), ("dovenull", 902),
          ("courier", 903), ("popa3d", 905), ("spop3d", 906), ("login", 907)]
# Who exists in the root of one product alone, so that a new one does not change the roots of the others: users, groups.
USERS_OF = {"stunnel": ([("stunnel4", 907, 908)], [("stunnel4", 908)])}


class InstallError(Exception):
    """What went wrong and what to do, as one sentence."""


def _apt(arguments):
    empty = os.path.join(places.PACKAGES, "nothing-installed")
    os.makedirs(os.path.join(places.PACKAGES, "partial"), exist_ok=True)
    open(empty, "w").close()
    command = ["apt-get", "-q", "-y", "-o", f"Dir::State::status={empty}", "-o", "Debug::NoLocking=1", "-o", "APT::Install-Recommends=0",
               "-o", f"Dir::Cache::archives={places.PACKAGES}", "-o", "APT::Sandbox::User=root", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"})


def _closure(packages):
    """File names of the archives, in the order in which apt would unpack them; None when apt does not know them (yet)."""
    answer = _apt(["--print-uris", "install", *packages])
    lines = [line.split() for line in answer.stdout.splitlines() if line.startswith("'")]
    return [words[1] for words in lines] if answer.returncode == 0 else None


def _fetch(packages):
    for attempt in ("as it is", "updated"):
        if attempt == "updated":
            subprocess.run(["apt-get", "-q", "update"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # --print-uris lists only what is not in the cache, so the list is asked for with an empty one.
        archives = _closure(["-o", "Dir::Cache::archives=/nonexistent", *packages])
        if archives is None:
            continue
        answer = _apt(["--download-only", "install", *packages])
        if answer.returncode == 0 and all(os.path.exists(os.path.join(places.PACKAGES, name)) for name in archives):
            return archives
    message = (answer.stderr if archives is not None else _apt(["--print-uris", "install", *packages]).stderr).strip()
    raise InstallError(f"apt cannot fetch {' '.join(packages)}: {message or 'no reason given'}; the lab needs Debian 12's archive (apt-get update)")


def _unpack(archives, root):
    for folder in ("bin", "sbin", "lib", "lib64"): # one /usr, before the first archive brings /lib
        os.makedirs(os.path.join(root, "usr", folder), exist_ok=True)
        os.symlink(f"usr/{folder}", os.path.join(root, folder))
    for name in archives:
        archive = os.path.join(places.PACKAGES, name)
        tar = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE)
        code = subprocess.call(["tar", "-x", "--keep-directory-symlink", "-C", root, "--exclude=./usr/share/doc", "--exclude=./usr/share/man",
                                "--exclude=./usr/share/locale"], stdin=tar.stdout)
        if tar.wait() != 0 or code != 0:
            raise InstallError(f"{archive} cannot be unpacked into {root}; is the disk full?")


def _users_of(product):
    users, groups = USERS_OF.get(product, ([], []))
    return USERS + users, GROUPS + groups


def _text_of_users(product):
    users, groups = _users_of(product)
    return [" ".join(map(str, each)) for each in users + groups]


def _write_users(product):
    root = places.root_of(product)
    users, groups = _users_of(product)
    for folder in ("etc", "dev", "proc", "tmp", "run", "lab"):
        os.makedirs(os.path.join(root, folder), exist_ok=True)
    os.chmod(os.path.join(root, "tmp"), 0o1777)
    if not os.path.lexists(os.path.join(root, "var", "run")):
        os.makedirs(os.path.join(root, "var"), exist_ok=True)
        os.symlink("/run", os.path.join(root, "var", "run"))
    with open(os.path.join(root, "etc/passwd"), "w") as file:
        file.writelines(f"{name}:x:{user}:{group}::/nonexistent:/usr/sbin/nologin\n" for name, user, group in users)
    with open(os.path.join(root, "etc/group"), "w") as file:
        file.writelines(f"{name}:x:{group}:\n" for name, group in groups)
    with open(os.path.join(root, "etc/shadow"), "w") as file: # no user has a password
        file.writelines(f"{name}:*:19000:0:99999:7:::\n" for name, _, _ in users)
    with open(os.path.join(root, "etc/hosts"), "w") as file:
        file.write("127.0.0.1 localhost\n")
    with open(os.path.join(root, "etc/nsswitch.conf"), "w") as file: # no name ever leaves the machine
        file.write("passwd: files\ngroup: files\nshadow: files\nhosts: files\nservices: files\nprotocols: files\n")
    with open(os.path.join(root, "etc/services"), "w") as file:
        file.write("pop3 110/tcp\nimap2 143/tcp imap\nimaps 993/tcp\npop3s 995/tcp\n")


def _is_whole(product):
    packages, programs = PRODUCTS[product]
    root = places.root_of(product)
    try:
        with open(root + ".json") as file:
            whole = json.load(file)
        return whole["packages"] == packages and whole["users"] == _text_of_users(product) and all(os.path.exists(os.path.join(root, path)) for path in programs)
    except (OSError, ValueError, KeyError):
        return False


def install_product(product):
    packages, programs = PRODUCTS[product]
    root = places.root_of(product)
    if os.path.exists(root + ".json"):
        os.unlink(root + ".json")
    shutil.rmtree(root, ignore_errors=True)
    archives = _fetch(packages)
    _unpack(archives, root)
    _write_users(product)
    missing = [path for path in programs if not os.path.exists(os.path.join(root, path))]
    if missing:
        raise InstallError(f"after unpacking {' '.join(packages)} there is no {', '.join(missing)}: another release than Debian 12?")
    with open(root + ".json", "w") as file: # written last: with it the root is whole
        json.dump({"packages": packages, "archives": archives, "users": _text_of_users(product)}, file)


def missing_products():
    return [product for product in PRODUCTS if not _is_whole(product)]


def install():
    """Idempotent. Says what it does on stderr."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise InstallError("the servers of the lab come from Debian packages, and there is no apt-get here")
    os.makedirs(places.ROOTS, exist_ok=True)
    for product in missing_products():
        print(f"lab: unpacking {product} ({' '.join(PRODUCTS[product][0])}) into {places.root_of(product)}", file=sys.stderr, flush=True)
        install_product(product)


def versions():
    """Product: version of its first package, as unpacked."""
    found = {}
    for product, (packages, _) in PRODUCTS.items():
        try:
            with open(places.root_of(product) + ".json") as file:
                archives = json.load(file)["archives"]
            found[product] = next(name.split("_")[1].replace("%3a", ":") for name in archives if name.startswith(packages[0] + "_"))
        except (OSError, ValueError, KeyError, StopIteration):
            found[product] = "not unpacked"
    return found
