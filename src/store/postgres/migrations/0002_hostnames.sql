-- SPDX-License-Identifier: ISC
-- The number is kept for names of hosts.
SELECT 1;
