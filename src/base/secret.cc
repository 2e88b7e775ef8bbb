#include "base/secret.h"

#include <openssl/crypto.h>

#include "base/private_file.h"
#include "base/strings.h"

namespace fogbank {

void wipe(std::string& bytes) {
  if (!bytes.empty()) OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

Result<Secret> load_or_make_key_file(const std::string& path, size_t bytes, Random& random) {
  FB_ASSIGN(found, read_private_file(path, bytes));
  if (found && found->size() != bytes) return fail("IoError", cat(path, " is damaged: it must hold ", bytes, " bytes"), 500);
  if (found) return std::move(*found);
  Secret key(random.bytes(bytes));
  FB_TRY(write_private_file(path, key.view()));
  return key;
}

}  // namespace fogbank
