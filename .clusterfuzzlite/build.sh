#!/bin/bash -eu
# SPDX-License-Identifier: Apache-2.0 OR MIT
exec "$SRC/gmcheck/fuzz/oss-fuzz/build.sh"
