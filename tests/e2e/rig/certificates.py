"""Keys and certificates for tests, made by the openssl command: authorities, and what they sign."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from .process import find_program

NAMES = "DNS:localhost,IP:127.0.0.1"
_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
_CA = """[ca]
default_ca = this
[this]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key (PKCS#8), both PEM; an authority as well, when it was made so."""
    cert: Path
    key: Path

    @property
    def pin(self):
        """Base64 of the SHA-256 of the public key."""
        public = openssl("x509", "-in", self.cert, "-pubkey", "-noout")
        digest = openssl("dgst", "-sha256", "-binary", input=openssl("pkey", "-pubin", "-outform", "DER", input=public))
        return openssl("base64", input=digest).decode().strip()

    def followed_by(self, *authorities):
        """The same with the certificates of the authorities behind it: a chain."""
        chain = self.cert.with_suffix(".chain.pem")
        chain.write_bytes(b"".join(one.read_bytes() for one in (self.cert, *(above.file for above in authorities))))
        return Certificate(chain, self.key)

    def install(self, cert, key=None):
        """Copies it over the files that a program reads, as a renewal does: each becomes another file at once."""
        for source, target in ((self.cert, cert), (self.key, key)):
            if target is not None:
                new = target.with_suffix(".new")
                new.write_bytes(source.read_bytes())
                new.rename(target)


def openssl(*words, input=None, cwd=None):
    program = find_program("openssl")
    if program is None:
        raise FileNotFoundError("openssl is not installed (tools/install test)")
    done = subprocess.run([program, *map(str, words)], input=input, capture_output=True, cwd=cwd, timeout=30)
    assert done.returncode == 0, f"openssl {words[0]}: {done.stderr.decode()}"
    return done.stdout


class Authority:
    """A CA, in a folder; `issuer`, an Authority, may stand above it."""

    def __init__(self, folder, name, issuer=None):
        self.folder, self.name = folder, name
        self.own = _make(folder, name, ["basicConstraints=CA:TRUE"], issuer)
        (folder / "index").touch()
        (folder / "ca.conf").write_text(_CA)

    @property
    def file(self):
        return self.own.cert

    def sign(self, name, names=NAMES):
        """A certificate for `names` (subjectAltName), valid for two days."""
        return _make(self.folder, name, ["basicConstraints=CA:FALSE", f"subjectAltName={names}"], self)

    def sign_between(self, name, begins, ends):
        """The same with its time given: YYYYMMDDHHMMSSZ."""
        made = Certificate(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        request = self.folder / f"{name}.csr"
        openssl("req", *_KEY, "-keyout", made.key, "-out", request, "-subj", f"/CN={name}",
                "-addext", f"subjectAltName={NAMES}")
        openssl("ca", "-batch", "-notext", "-config", "ca.conf", "-cert", self.own.cert, "-keyfile", self.own.key,
                "-in", request, "-out", made.cert, "-startdate", begins, "-enddate", ends, cwd=self.folder)
        return made


def self_signed(folder, name):
    return _make(folder, name, [f"subjectAltName={NAMES}"])


def _make(folder, name, extensions, issuer=None):
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    signer = [] if issuer is None else ["-CA", issuer.own.cert, "-CAkey", issuer.own.key]
    added = [word for extension in extensions for word in ("-addext", extension)]
    openssl("req", "-x509", *signer, *_KEY, "-keyout", made.key, "-out", made.cert, "-subj", f"/CN={name}", "-days", 2, *added)
    return made


def sealed(key, password):
    """The key, with a password."""
    made = key.with_suffix(".sealed")
    openssl("pkey", "-in", key, "-aes128", "-passout", f"pass:{password}", "-out", made)
    return made
