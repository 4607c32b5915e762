# What `migrant-vault rotate-root` needs beside openbao-serve.hcl: a new version, and an end to the old ones. Nothing else
# of the key's configuration, because "exportable" or "deletion_allowed" would give the root key away or destroy it.

path "transit/keys/migrant-vault/rotate" {
  capabilities = ["update"]
}

path "transit/keys/migrant-vault/config" {
  capabilities       = ["update"]
  allowed_parameters = {
    "min_decryption_version" = []
  }
}
