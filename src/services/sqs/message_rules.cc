#include "services/sqs/message_rules.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "services/sqs/errors.h"

namespace fogbank::sqs {
namespace {

constexpr size_t kMaxAttributes = 10;
constexpr size_t kMaxAttributeText = 256;   ///< of a name or a type

void put_length(std::string& out, size_t n) {
  for (int shift = 24; shift >= 0; shift -= 8) out += char(n >> shift);
}

void put_text(std::string& out, std::string_view text) {
  put_length(out, text.size());
  out.append(text);
}

Result<void> check_name(std::string_view name) {
  if (name.empty()) return fail(invalid_parameter("The request must contain non-empty message (user) attribute names."));
  if (name.size() > kMaxAttributeText) return fail(invalid_parameter("Message (user) attribute name must be shorter than 256 bytes."));
  for (char c : name) {
    bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    if (!good) return fail(invalid_parameter("Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. "));
  }
  if (starts_with_i(name, "aws.") || starts_with_i(name, "amazon.")) {
    return fail(invalid_parameter("You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings are reserved for internal use."));
  }
  if (name.front() == '.' || name.back() == '.' || name.find("..") != std::string_view::npos) {
    return fail(invalid_parameter("Message (user) attribute names cannot start or end with a period, or contain successive periods."));
  }
  return {};
}

std::string_view base_type(std::string_view type) { return type.substr(0, type.find('.')); }

Result<void> check_text_value(std::string_view name, std::string_view base, std::string_view value) {
  if (auto bad = forbidden_character(value)) return fail(invalid_parameter(invalid_message_contents(*bad).message));
  if (base == "Number" && !valid_number(value)) {
    return fail(invalid_parameter(cat("Can't cast the value of message (user) attribute '", name, "' to a number.")));
  }
  return {};
}

/// MessageAttributeValue and MessageSystemAttributeValue are the same but for their names.
template <class Value> Result<Attribute> read_attribute(std::string_view name, const Value& v) {
  if (v.StringListValues.size() || v.BinaryListValues.size()) {
    return fail(invalid_parameter("Message attribute list values in SendMessage operation are not supported."));
  }
  if (!v.StringValue && !v.BinaryValue) {
    return fail(invalid_parameter(cat("The message (user) attribute '", name, "' must contain a non-empty message attribute value.")));
  }
  if (v.DataType.empty()) return fail(invalid_parameter(cat("Message (user) attribute '", name, "' must contain a non-empty attribute type.")));
  std::string_view type = v.DataType, base = base_type(type);
  if (base != "String" && base != "Number" && base != "Binary") {
    return fail(invalid_parameter(cat("The type of message (user) attribute '", name,
                                      "' is invalid. You must use only the following supported type prefixes: Binary, Number, String.")));
  }
  if (type.size() > kMaxAttributeText) return fail(invalid_parameter("Message (user) attribute type must be shorter than 256 bytes."));
  Attribute a;
  a.type = type;
  bool binary = base == "Binary";
  a.value = binary ? v.BinaryValue.view() : v.StringValue.view();
  if (a.value.empty()) return fail(invalid_parameter(cat("Message (user) attribute '", name, "' must contain a non-empty value of type '", base, "'.")));
  if (!binary) FB_TRY(check_text_value(name, base, a.value));
  return a;
}

Result<Attributes> read_attributes(const Map<svc::MessageAttributeValue>& in) {
  if (in.size() > kMaxAttributes) {
    return fail(invalid_parameter(cat("Number of message attributes [", in.size(), "] exceeds the allowed maximum [10].")));
  }
  Attributes out;
  for (const auto& e : in) {
    FB_TRY(check_name(e.key));
    FB_ASSIGN(a, read_attribute(e.key, e.value));
    if (!out.emplace(e.key.view(), std::move(a)).second) {
      return fail(invalid_parameter(cat("Message (user) attribute name '", e.key.view(), "' already exists.")));
    }
  }
  return out;
}

Result<Attributes> read_system_attributes(const Map<svc::MessageSystemAttributeValue>& in) {
  Attributes out;
  for (const auto& e : in) {
    if (e.key != "AWSTraceHeader") return fail(invalid_parameter(cat("Message system attribute name '", e.key.view(), "' is invalid.")));
    FB_ASSIGN(a, read_attribute(e.key, e.value));
    if (a.type != "String") return fail(invalid_parameter("The data type of message system attribute 'AWSTraceHeader' must be String."));
    out.emplace(e.key.view(), std::move(a));
  }
  return out;
}

int64_t attribute_bytes(const Map<svc::MessageAttributeValue>& in) {
  size_t n = 0;
  for (const auto& e : in) n += e.key.len + e.value.DataType.view().size() + e.value.StringValue.view().size() + e.value.BinaryValue.view().size();
  return int64_t(n);
}

bool valid_id(std::string_view id) {
  if (id.empty() || id.size() > 128) return false;
  for (char c : id) if (c < '!' || c > '~') return false;
  return true;
}

/// Groups and deduplication: of FIFO queues; a group also of a standard queue that is to be fair.
template <class In> Result<void> read_ids(const In& in, QueueType type, Draft& out) {
  const bool fifo = type == QueueType::fifo;
  if (fifo && in.DelaySeconds && *in.DelaySeconds != 0) {
    return fail(invalid_parameter(cat(*in.DelaySeconds), "DelaySeconds", "The request include parameter that is not valid for this queue type."));
  }
  if (fifo && !in.MessageGroupId) return fail(missing_parameter("MessageGroupId"));
  if (in.MessageGroupId) FB_TRY(check_id("MessageGroupId", in.MessageGroupId));
  if (!fifo && in.MessageDeduplicationId) {
    return fail(invalid_parameter(in.MessageDeduplicationId, "MessageDeduplicationId", "The request includes a parameter that is not valid for this queue type."));
  }
  if (in.MessageDeduplicationId) FB_TRY(check_id("MessageDeduplicationId", in.MessageDeduplicationId));
  out.group = in.MessageGroupId.view();
  out.dedup_id = in.MessageDeduplicationId.view();
  if (fifo && !in.MessageDeduplicationId) out.body_sha256 = sha256_hex(in.MessageBody);
  return {};
}

template <class In> Result<Draft> read(const In& in, QueueType type) {
  if (in.MessageBody.empty()) return fail(missing_parameter("MessageBody"));
  Draft d;
  if (in.DelaySeconds) {
    if (*in.DelaySeconds < 0 || *in.DelaySeconds > 900) {
      return fail(invalid_parameter(cat(*in.DelaySeconds), "DelaySeconds", "DelaySeconds must be >= 0 and <= 900."));
    }
    d.delay = *in.DelaySeconds;
  }
  FB_TRY(read_ids(in, type, d));
  if (auto bad = forbidden_character(in.MessageBody)) return fail(invalid_message_contents(*bad));
  FB_ASSIGN(attributes, read_attributes(in.MessageAttributes));
  FB_ASSIGN(system, read_system_attributes(in.MessageSystemAttributes));
  d.content.body = in.MessageBody.view();
  d.content.attributes = std::move(attributes);
  d.attributes_md5 = attributes_md5(d.content.attributes);
  d.system_md5 = attributes_md5(system);
  if (!system.empty()) d.content.trace_header = std::move(system.begin()->second.value);
  d.body_md5 = md5(d.content.body);
  d.bytes = int64_t(in.MessageBody.len) + attribute_bytes(in.MessageAttributes);
  return d;
}

/// Length of the UTF-8 sequence at the start of `s` and its code point; 0 if it is malformed.
size_t read_code_point(std::string_view s, uint32_t& out) {
  auto at = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
  unsigned char c = at(0);
  size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
  if (n == 0 || s.size() < n) return 0;
  out = n == 1 ? c : c & (0x7fu >> n);
  for (size_t i = 1; i < n; i++) {
    if ((at(i) & 0xc0) != 0x80) return 0;
    out = out << 6 | (at(i) & 0x3fu);
  }
  static constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  return out < kSmallest[n] || out > 0x10ffff ? 0 : n;
}

bool allowed(uint32_t c) {
  return c == 9 || c == 10 || c == 13 || (c >= 0x20 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}

}  // namespace

Result<void> check_id(std::string_view parameter, std::string_view id) {
  if (valid_id(id)) return {};
  return fail(invalid_parameter(id, parameter, cat(parameter, " can only include alphanumeric and punctuation characters. 1 to 128 in length.")));
}

Result<Draft> read_draft(const svc::SendMessageRequest& in, QueueType type) { return read(in, type); }
Result<Draft> read_draft(const svc::SendMessageBatchRequestEntry& in, QueueType type) { return read(in, type); }
int64_t message_bytes(const svc::SendMessageBatchRequestEntry& in) { return int64_t(in.MessageBody.view().size()) + attribute_bytes(in.MessageAttributes); }

std::optional<uint32_t> forbidden_character(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x80) { i++; continue; }
    uint32_t code = c;
    size_t n = read_code_point(text.substr(i, 4), code);
    if (n == 0) return c;
    if (!allowed(code)) return code;
    i += n;
  }
  return std::nullopt;
}

std::string attributes_md5(const Attributes& attributes) {
  if (attributes.empty()) return {};
  std::string bytes;
  for (const auto& [name, a] : attributes) {
    put_text(bytes, name);
    put_text(bytes, a.type);
    bytes += a.binary() ? '\2' : '\1';
    put_text(bytes, a.value);
  }
  return hex(md5(bytes));
}

bool valid_number(std::string_view text) {
  size_t i = 0, digits_seen = 0, precision = 0;  // precision: digits from the first to the last that is not zero
  size_t running = 0;
  auto digits = [&] {
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; i++, digits_seen++) {
      if (running || text[i] != '0') running++;
      if (text[i] != '0') precision = running;
    }
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) i++;
  digits();
  if (i < text.size() && text[i] == '.') {
    i++;
    digits();
  }
  if (digits_seen == 0 || digits_seen > 260 || precision > 38) return false;
  if (i == text.size()) return true;
  if (text[i] != 'e' && text[i] != 'E') return false;
  std::string_view exponent = text.substr(i + 1);
  bool negative = exponent.starts_with('-');
  if (negative || exponent.starts_with('+')) exponent.remove_prefix(1);
  auto n = exponent.empty() || exponent[0] < '0' || exponent[0] > '9' ? std::nullopt : parse_int(exponent);
  return n && *n <= (negative ? 128 : 126);
}

}  // namespace fogbank::sqs
