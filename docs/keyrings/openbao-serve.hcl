# What a running vault may do with the root key: use it. It can't read, export, rotate, change or delete it, nor make
# another. "update" and not "create": with "create", a mistyped name would silently become a new key.

path "transit/encrypt/migrant-vault" {
  capabilities = ["update"]
}

path "transit/decrypt/migrant-vault" {
  capabilities = ["update"]
}

path "transit/rewrap/migrant-vault" {
  capabilities = ["update"]
}
