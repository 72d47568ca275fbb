# SPDX-License-Identifier: ISC
"""Cipher suites of the servers made by hand: number, lowest version, key exchange, what signs it. Nobody encrypts with them."""
from dataclasses import dataclass

SSL3, TLS10, TLS11, TLS12 = 0x0300, 0x0301, 0x0302, 0x0303


@dataclass(frozen=True)
class Suite:
    lowest: int
    exchange: str      # "rsa", "rsa-export", "dhe", "dhe-export", "ecdhe"
    signer: str = ""   # "rsa" or "" for none


SUITES = {
    0x0002: Suite(SSL3, "rsa"),              # NULL with SHA
    0x0003: Suite(SSL3, "rsa-export"),       # RC4, 40 bits
    0x0005: Suite(SSL3, "rsa"),              # RC4 with SHA
    0x0008: Suite(SSL3, "rsa-export"),       # DES, 40 bits
    0x0009: Suite(SSL3, "rsa"),              # DES
    0x000A: Suite(SSL3, "rsa"),              # 3DES
    0x0014: Suite(SSL3, "dhe-export", "rsa"),
    0x0015: Suite(SSL3, "dhe", "rsa"),       # DES
    0x0016: Suite(SSL3, "dhe", "rsa"),       # 3DES
    0x0018: Suite(SSL3, "dhe"),              # anonymous, RC4
    0x002F: Suite(SSL3, "rsa"),              # AES 128, CBC
    0x0033: Suite(SSL3, "dhe", "rsa"),       # AES 128, CBC
    0x0034: Suite(SSL3, "dhe"),              # anonymous, AES 128
    0x0035: Suite(SSL3, "rsa"),              # AES 256, CBC
    0x009C: Suite(TLS12, "rsa"),             # AES 128, GCM
    0x009E: Suite(TLS12, "dhe", "rsa"),      # AES 128, GCM
    0xC013: Suite(TLS10, "ecdhe", "rsa"),    # AES 128, CBC
    0xC02F: Suite(TLS12, "ecdhe", "rsa"),    # AES 128, GCM
    0xC030: Suite(TLS12, "ecdhe", "rsa"),    # AES 256, GCM
}
# What Debian's OpenSSL still does.
BY_OPENSSL = {0x0002, 0x002F, 0x0033, 0x0034, 0x0035, 0x009C, 0x009E, 0xC013, 0xC02F, 0xC030}
RSA_NULL_SHA, RSA_RC4_40_MD5, RSA_RC4_128_SHA, RSA_DES_40_SHA, RSA_DES_SHA, RSA_3DES_SHA, RSA_AES128_SHA, RSA_AES256_SHA = 2, 3, 5, 8, 9, 10, 0x2F, 0x35
DHE_DES_40_SHA, DHE_DES_SHA, DHE_3DES_SHA, DHE_AES128_SHA, DHE_AES128_GCM = 0x14, 0x15, 0x16, 0x33, 0x9E
ANONYMOUS_RC4, ANONYMOUS_AES128_SHA = 0x18, 0x34
RSA_AES128_GCM, ECDHE_AES128_SHA, ECDHE_AES128_GCM, ECDHE_AES256_GCM = 0x9C, 0xC013, 0xC02F, 0xC030
