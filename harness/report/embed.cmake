# SPDX-License-Identifier: Apache-2.0 OR MIT
# cmake -D INPUT=file -D OUTPUT=file.inc -P embed.cmake: the bytes of a file as the inside of an array.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT} "${bytes}\n")
