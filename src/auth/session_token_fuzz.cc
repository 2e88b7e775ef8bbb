// Tokens: no text opens but those that were sealed; none brings the opener down.
#include "auth/session_token.h"

using namespace fogbank;
using namespace fogbank::auth;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static SessionTokens tokens(std::string(32, 'k'), 1);
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (tokens.open(text, "", 0)) __builtin_trap();
  (void)decode<Session>(text);  // what a holder of the key could seal
  return 0;
}
