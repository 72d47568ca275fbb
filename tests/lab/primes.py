# SPDX-License-Identifier: ISC
"""Primes for finite-field Diffie-Hellman: two small ones, and how to hand them to OpenSSL."""
import base64
import os

import places

# RFC 2409's second group, 1024 bits: as old servers all over the world have it.
COMMON_1024 = int("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
                  "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF", 16)
OWN_1024 = int("DC6F035F398AB2E050718DB7CFDF4006D40836EF99A834F4D796493548BA428058B8E22CEBB06B8296C7E85295C20936B35213C3586178B7DC4CDDE4C222F788"
               "996BFC3DC2AEB8F42960358F65D88980358B673210E7AAB036B418BFBA3DD3DE18E519850EC599E13247A8D9B7171A6527DDAE99E9C8663C588702FF7C029AAB", 16)
OWN_512 = int("FC96297459A812B46D6F53774D2FE47580A14094D8626E3C4712EA837F5BA15634156C9BC03A5AED50D71F9B243ABBF7749D6F2159935B066466019012DAA6E3", 16)
GENERATOR = 2


def _whole(number):
    """A positive number of DER."""
    data = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02" + (bytes([len(data)]) if len(data) < 128 else b"\x81" + bytes([len(data)])) + data


def write_parameters(prime):
    """The path of a file that OpenSSL reads."""
    body = _whole(prime) + _whole(GENERATOR)
    text = base64.encodebytes(b"\x30" + (bytes([len(body)]) if len(body) < 128 else b"\x81" + bytes([len(body)])) + body).decode()
    path = os.path.join(places.CERTIFICATES, f"dh{prime.bit_length()}-{prime % 997}.pem")
    with open(path, "w") as file:
        file.write(f"-----BEGIN DH PARAMETERS-----\n{text}-----END DH PARAMETERS-----\n")
    return path
