// Encoded keys come from our own store, but a loaded snapshot's are somebody else's: decoding refuses damage with an exception only.
#include <stdexcept>

#include "store/key_layout.h"
#include "store/store.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fogbank::store;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    KeyHead head = key_head(bytes);
    Key again = key(head.scope, Table{head.service, head.table});
    if (bytes.substr(0, again.bytes().size()) != again.bytes() && head.scope.account.value.empty() == false &&
        fogbank::is_account_id(head.scope.account.value) && head.scope.partition.value == "aws" && data[0] == 1 &&
        bytes.substr(1, 5) != std::string_view("\xfe\xff\xff\xff\xff", 5)) {
      __builtin_trap();
    }
    key_parts(bytes);
    table_segment(bytes);
    service_prefix(bytes);
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
