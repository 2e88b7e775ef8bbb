// What strangers send to S3: XML bodies of all its operations, and the texts that its rules read (copy sources, forms, POST policies,
// version ids, tokens, ranges, tags). Nothing brings the readers down, and what they accept keeps to its bounds.
#include "gateway/operation.h"
#include "services/s3/conditions.h"
#include "services/s3/copy_source.h"
#include "services/s3/encryption_rules.h"
#include "services/s3/form_upload.h"
#include "services/s3/listing.h"
#include "services/s3/mime_words.h"
#include "services/s3/object_rules.h"
#include "services/s3/policy_rules.h"
#include "services/s3/tag_rules.h"
#include "services/s3/versions.h"
#include "wire/codec.h"

using namespace fogbank;
using namespace fogbank::s3;

namespace {

void expect(bool holds) { if (!holds) __builtin_trap(); }

const ServiceInfo& service() {
  for (const ServiceInfo* s : all_services()) if (std::string_view(s->folder) == "s3") return *s;
  __builtin_trap();
}

/// A body for the operation that the first byte names.
void read_body(uint8_t which, std::string_view body) {
  static const ServiceInfo& s3 = service();
  const wire::Operation& op = *s3.operations[which % s3.operations.size()].wire;
  Arena arena;
  std::vector<wire::Header> headers;
  wire::RequestParts parts{"PUT", "/bucket/key", "", &headers, body};
  auto input = wire::read_input(wire::Protocol::rest_xml, op, parts, arena);
  expect(input || !input.error().code.empty());
}

void read_text(uint8_t which, std::string_view text) {
  switch (which % 10) {
    case 0: if (auto source = read_copy_source(text)) expect(!source->bucket.empty()); break;
    case 1: if (auto head = read_form_head(text, "b", true)) expect(head->file_begins >= 0 && size_t(head->file_begins) <= text.size()); break;
    case 2: (void)read_post_policy(text); break;
    case 3: if (auto name = read_version_id(text)) expect(text == "null" || name->id == text); break;
    case 4: if (auto after = read_token(text)) expect(make_token(*after) == text); break;
    case 5:
      for (int64_t size : {0, 1, 1000}) {
        auto range = read_range(Str(text), size);
        if (range && *range) expect((*range)->first >= 0 && (*range)->length > 0 && (*range)->first + (*range)->length <= size);
      }
      break;
    case 6: if (auto tags = read_tagging(text)) expect(tags->size() <= 10); break;
    case 7: (void)decode_mime_words(text); break;
    case 8: (void)check_bucket_policy(text, "bucket", "aws"); break;
    default: {
      CustomerHeaders headers{Str("AES256"), Str(text), Str(text)};
      if (auto key = read_customer_key(headers)) expect(key->size() == 32);
      FileEnd end("b");
      for (size_t at = 0; at < text.size(); at += 3) if (end.feed(text.substr(at, 3))) break;
      expect(end.length() <= int64_t(text.size()));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data + 2), size - 2);
  if (data[0] % 2) read_body(data[1], rest);
  else read_text(data[1], rest);
  return 0;
}
