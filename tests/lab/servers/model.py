# SPDX-License-Identifier: ISC
"""What every server of the lab has, whatever the product."""
import os
import shutil
from dataclasses import dataclass, field

import certificates
import places


@dataclass
class Process:
    """One program to start inside the root of its product. With `sockets` it is started once per connection, inetd's way."""
    arguments: list
    environment: dict = field(default_factory=dict)
    sockets: list = field(default_factory=list) # [(address, port)]


@dataclass
class Server:
    name: str        # "dovecot-no-tls"
    product: str     # names the root
    address: str
    clear: tuple = () # ports that greet in clear; `up` waits for the greeting
    secured: tuple = () # ports that begin with TLS; `up` waits until they accept
    options: dict = field(default_factory=dict) # what its configuration differs in

    @property
    def inside(self):
        """Its folder as its processes see it."""
        return f"/lab/{self.name}"

    @property
    def folder(self):
        return places.root_of(self.product) + self.inside

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        return f"{self.inside}/{name}"

    def make_folder(self, name, user=0, group=0, mode=0o755):
        path = os.path.join(self.folder, name)
        os.makedirs(path, exist_ok=True)
        os.chown(path, user, group)
        os.chmod(path, mode)
        return f"{self.inside}/{name}"

    def begin(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)

    def write_certificate(self, owner=0):
        """(certificate, key) as its processes see them, by the options certificate= and key= (names of the lab's certificates)."""
        name = self.options.get("certificate", "good")
        key = self.options.get("key", name)
        certificate_path = self.write("server.crt", certificates.chain(name))
        key_path = self.write("server.key", certificates.read(certificates.key_of(key)), 0o600)
        os.chown(os.path.join(self.folder, "server.key"), owner, -1)
        return certificate_path, key_path
