// Tokens, key sets and discovery documents of strangers: nothing they hold brings the readers down, and nothing verifies by accident.
#include "auth/jwt.h"

using namespace fogbank::auth;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t cut = text.find('\n');
  auto token = read_jwt(text.substr(0, cut));
  auto keys = KeySet::read(cut == std::string_view::npos ? text : text.substr(cut + 1));
  (void)read_discovery(text);
  if (token && token->signature.empty()) __builtin_trap();
  if (token && keys) (void)keys->verify(*token);
  return 0;
}
