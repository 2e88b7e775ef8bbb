module fogbank/tests/sdks

go 1.24
