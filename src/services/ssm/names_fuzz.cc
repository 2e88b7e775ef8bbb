// Names, ARNs, selectors, paths and policies of parameters as anybody may send them: refused or read, never a crash, and a name under which
// a parameter can be created also refers to it.
#include <algorithm>

#include "services/ssm/names.h"
#include "services/ssm/policies.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fogbank;
  using namespace fogbank::ssm;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const Scope scope{Partition("aws"), AccountId("123456789012"), Region("us-east-1")};
  bool may_create = check_new_name(scope, text).has_value();
  if (may_create) {
    if (!valid_path(text) || std::count(text.begin(), text.end(), '/') > 15) __builtin_trap();
    for (char c : text) if (c <= ' ' || c == ':' || c > '~') __builtin_trap();
    auto reference = read_reference(scope, text);
    if (!reference || place_of(reference->name) != place_of(text) || reference->space != Space::account) __builtin_trap();
  }
  for (bool selector : {true, false}) {
    auto reference = read_reference(scope, text, selector);
    if (!reference) continue;
    if (reference->given != text || (!selector && reference->space != Space::secret && !reference->selector.empty())) __builtin_trap();
  }
  (void)valid_label(text);
  (void)read_policies(text);
  return 0;
}
