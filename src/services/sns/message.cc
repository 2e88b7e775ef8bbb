#include "services/sns/message.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "services/sns/errors.h"

namespace fogbank::sns {
namespace {

using event_pattern::Json;

constexpr size_t kMaxSubject = 100, kMaxAttributeName = 256, kMaxId = 128;

bool name_character(unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; }

Result<void> check_attribute_name(std::string_view name) {
  if (name.empty()) return fail(invalid_value("Message attribute name can not be empty."));
  if (name.size() > kMaxAttributeName) return fail(invalid_value("Length of message attribute name must be less than 256 bytes."));
  for (unsigned char c : name) {
    if (name_character(c)) continue;
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    return fail(invalid_value(cat("Invalid non-alphanumeric character '#x", kDigits[c >> 4], kDigits[c & 15],
                                  "' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.")));
  }
  if (name.front() == '.') return fail(invalid_value("Invalid message attribute name starting with character '.' was found."));
  if (name.back() == '.') return fail(invalid_value("Invalid message attribute name ending with character '.' was found."));
  if (name.find("..") != std::string_view::npos) return fail(invalid_value("Message attribute name can not have successive '.' character."));
  return {};
}

/// "String", or "String." and something.
bool valid_type(std::string_view type) {
  for (std::string_view base : {"String", "Number", "Binary"}) {
    if (type == base) return true;
    if (type.starts_with(base) && type.size() > base.size() + 1 && type[base.size()] == '.') return true;
  }
  return false;
}

Result<MessageAttribute> read_attribute(std::string_view name, const svc::MessageAttributeValue& in) {
  FB_TRY(check_attribute_name(name));
  std::string type(in.DataType);
  if (!valid_type(type)) {
    return fail(invalid_value(cat("The message attribute '", name, "' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.")));
  }
  bool binary = type.starts_with("Binary");
  auto empty = [&] { return fail(invalid_value(cat("The message attribute '", name, "' must contain non-empty message attribute value for message attribute type '", type, "'."))); };
  if (!in.StringValue && !in.BinaryValue) return empty();
  if (binary ? !in.BinaryValue.has() : !in.StringValue.has()) {
    return fail(invalid_value(cat("The message attribute '", name, "' with type '", type, "' must use field '", binary ? "Binary" : "String", "'.")));
  }
  MessageAttribute a{type, std::string(binary ? in.BinaryValue.view() : in.StringValue.view()), {}};
  if (a.value.empty()) return empty();
  return a;
}

/// MessageStructure=json: a text for each protocol; what is no text is passed over.
Result<void> read_structure(Notification& n) {
  auto json = event_pattern::parse_json(n.message);
  if (!json || !json->object()) return fail(invalid("Message Structure - JSON message body failed to parse"));
  const Json* otherwise = json->get("default");
  if (!otherwise || otherwise->type != Json::Type::text) return fail(invalid("Message Structure - No default entry in JSON message body"));
  for (const auto& [protocol, text] : json->members)
    if (protocol != "default" && text.type == Json::Type::text) n.by_protocol[protocol] = text.text;
  n.message = otherwise->text;
  return {};
}

/// Letters, digits and punctuation.
bool valid_id(std::string_view id) {
  if (id.empty() || id.size() > kMaxId) return false;
  for (char c : id) if (c < '!' || c > '~') return false;
  return true;
}

Result<void> check_subject(std::string_view subject) {
  if (subject.empty() || utf8_length(subject) > kMaxSubject) return fail(invalid("Subject"));
  for (unsigned char c : subject) if (c < 0x20 || c == 0x7f) return fail(invalid("Subject"));
  return {};
}

template <class In> Result<Notification> read(const In& in) {
  Notification n;
  n.message = in.Message.view();
  if (in.Subject) {
    FB_TRY(check_subject(in.Subject));
    n.has_subject = true;
    n.subject = in.Subject.view();
  }
  if (n.message.empty()) return fail(invalid("Empty message"));
  if (!valid_utf8(n.message)) return fail(invalid("Message"));
  for (const auto& e : in.MessageAttributes) {
    FB_ASSIGN(attribute, read_attribute(e.key, e.value));
    n.attributes[std::string(e.key)] = std::move(attribute);
  }
  if (in.MessageGroupId) {
    if (!valid_id(in.MessageGroupId)) return fail(invalid("MessageGroupId"));
    n.group = in.MessageGroupId.view();
  }
  if (in.MessageDeduplicationId) {
    if (!valid_id(in.MessageDeduplicationId)) return fail(invalid("MessageDeduplicationId"));
    n.deduplication_id = in.MessageDeduplicationId.view();
  }
  if (in.MessageStructure) {
    if (in.MessageStructure != "json") return fail(invalid("MessageStructure"));
    int64_t bytes = message_bytes(n);   // of what was sent
    if (bytes > kMaxMessageBytes) return n;
    FB_TRY(read_structure(n));
  }
  return n;
}

}  // namespace

Result<Notification> read_message(const svc::PublishInput& in) { return read(in); }
Result<Notification> read_message(const svc::PublishBatchRequestEntry& in) { return read(in); }

int64_t message_bytes(const Notification& n) {
  size_t bytes = n.message.size();
  for (const auto& [protocol, text] : n.by_protocol) bytes += text.size();
  for (const auto& [name, a] : n.attributes) bytes += name.size() + a.type.size() + a.value.size();
  return int64_t(bytes);
}

Result<void> check_for_topic(const Topic& topic, Notification& n) {
  if (!topic.fifo) {
    if (!n.deduplication_id.empty()) {
      return fail(invalid("MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type"));
    }
    return {};
  }
  if (n.group.empty()) return fail(invalid("The MessageGroupId parameter is required for FIFO topics"));
  if (n.deduplication_id.empty()) {
    if (!topic.content_based) {
      return fail(invalid("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"));
    }
    n.deduplication_id = sha256_hex(n.message);
  }
  return {};
}

Json filterable(const std::map<std::string, MessageAttribute>& attributes) {
  Json out;
  out.type = Json::Type::object;
  for (const auto& [name, a] : attributes) {
    if (a.binary()) continue;   // filter policies do not see them
    std::optional<Json> v;
    if (a.type.starts_with("Number")) v = Json::of_number(a.value);
    else if (a.type == "String.Array") v = event_pattern::parse_json(a.value);
    if (!v && a.type == "String.Array") continue;
    out.members.emplace_back(name, v ? std::move(*v) : Json::of_text(a.value));
  }
  return out;
}

}  // namespace fogbank::sns
