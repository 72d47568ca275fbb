# SPDX-License-Identifier: ISC
PERSONAS = []
