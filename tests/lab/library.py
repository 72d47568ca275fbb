# SPDX-License-Identifier: ISC
"""What OpenSSL can and Python's ssl module cannot set: a stapled OCSP response, and which groups a server takes."""
import ctypes

SET_STATUS_CALLBACK, SET_STATUS_RESPONSE, SET_GROUPS_LIST = 63, 71, 92
ACCEPTED = 0
_callbacks = [] # OpenSSL keeps only their addresses
_openssl = ctypes.CDLL("libssl.so.3")
_crypto = ctypes.CDLL("libcrypto.so.3")
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_openssl.SSL_ctrl.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
_openssl.SSL_CTX_ctrl.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
_openssl.SSL_CTX_callback_ctrl.argtypes = [ctypes.c_void_p, ctypes.c_int, _CALLBACK]
_openssl.SSL_CTX_get_options.argtypes = [ctypes.c_void_p]
_openssl.SSL_CTX_get_options.restype = ctypes.c_uint64
_crypto.CRYPTO_memdup.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_int]
_crypto.CRYPTO_memdup.restype = ctypes.c_void_p


def _inner(context):
    """OpenSSL's context, the first field of Python's object; refuses where it is not."""
    address = ctypes.c_void_p.from_address(id(context) + object.__basicsize__).value
    if _openssl.SSL_CTX_get_options(address) != int(context.options) & 0xFFFFFFFFFFFFFFFF:
        raise RuntimeError("this Python keeps its TLS contexts differently")
    return address


def staple(context, response):
    """Clients that ask for the state of the certificate get these bytes."""
    def answer(connection, _):
        copy = _crypto.CRYPTO_memdup(response, len(response), b"lab", 0) # OpenSSL frees it
        _openssl.SSL_ctrl(connection, SET_STATUS_RESPONSE, len(response), copy)
        return ACCEPTED
    _callbacks.append(_CALLBACK(answer))
    _openssl.SSL_CTX_callback_ctrl(_inner(context), SET_STATUS_CALLBACK, _callbacks[-1])


def take_groups(context, names):
    if _openssl.SSL_CTX_ctrl(_inner(context), SET_GROUPS_LIST, 0, names.encode()) != 1:
        raise ValueError(f"unknown groups: {names}")
