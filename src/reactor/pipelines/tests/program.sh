#!/bin/bash
# Stands in for a program of Apertium: after -z it is told where its data is, and does what that says.
exec /bin/bash "$2"
