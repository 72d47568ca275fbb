# SPDX-License-Identifier: ISC
"""Each tool in a file of its own: how it is run at its best, and how its words are read. docs/accuracy.md says how to add one.

A module has NAME, is_there(), version(), commands(service, folder, options) and answers(service, folder): {fact of services.FACTS: value}. What it cannot tell is
left out of its answers.
"""
