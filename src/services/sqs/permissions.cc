#include "services/sqs/permissions.h"

#include <algorithm>

#include "base/strings.h"
#include "services/sqs/errors.h"
#include "services/sqs/json.h"
#include "services/sqs/queue_url.h"

namespace fogbank::sqs {
namespace {

using wire::Document;

constexpr std::string_view kGrantable[] = {"*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility",
                                           "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue"};
constexpr std::string_view kOwnersOnly[] = {"AddPermission", "RemovePermission", "CreateQueue", "DeleteQueue", "ListQueues", "ListQueueTags",
                                            "SetQueueAttributes", "TagQueue", "UntagQueue", "StartMessageMoveTask", "CancelMessageMoveTask",
                                            "ListMessageMoveTasks"};
constexpr size_t kMaxActions = 7;

template <size_t N> bool among(const std::string_view (&list)[N], std::string_view s) { return std::find(std::begin(list), std::end(list), s) != std::end(list); }

Document text(Arena& arena, std::string_view s) {
  Document d{};
  d.type = Document::Type::text;
  d.text = Str(arena.copy(s));
  return d;
}

Document* member(Document& object, std::string_view name) {
  if (object.type != Document::Type::object) return nullptr;
  for (auto& e : object.object) if (e.key == name) return &e.value;
  return nullptr;
}

void set(Arena& arena, Document& object, std::string_view name, const Document& value) {
  object.type = Document::Type::object;
  object.object.add(arena, Str(arena.copy(name))) = value;
}

/// One text by itself, several as a list: as AWS writes them.
Document one_or_list(Arena& arena, const std::vector<std::string>& texts) {
  if (texts.size() == 1) return text(arena, texts[0]);
  Document list{};
  list.type = Document::Type::array;
  for (const std::string& t : texts) list.array.push(arena, text(arena, t));
  return list;
}

Document statement(Arena& arena, const Permission& p, const Scope& scope, std::string_view queue) {
  std::vector<std::string> principals, actions;
  for (auto account : p.accounts) principals.push_back(cat("arn:", scope.partition, ":iam::", account, ":root"));
  for (auto action : p.actions) actions.push_back(cat("SQS:", action));
  Document s{}, principal{};
  set(arena, principal, "AWS", one_or_list(arena, principals));
  set(arena, s, "Sid", text(arena, p.label));
  set(arena, s, "Effect", text(arena, "Allow"));
  set(arena, s, "Principal", principal);
  set(arena, s, "Action", one_or_list(arena, actions));
  set(arena, s, "Resource", text(arena, queue_arn(scope, queue)));
  return s;
}

Document default_policy(Arena& arena, const Scope& scope, std::string_view queue) {
  Document d{}, none{};
  none.type = Document::Type::array;
  set(arena, d, "Version", text(arena, "2008-10-17"));
  set(arena, d, "Id", text(arena, cat(queue_arn(scope, queue), "/SQSDefaultPolicy")));
  set(arena, d, "Statement", none);
  return d;
}

/// The list of statements, made one where a single statement stands without brackets.
Result<List<Document>*> statements(Arena& arena, Document& policy) {
  Document* s = member(policy, "Statement");
  if (!s) return fail("InternalFailure", "a stored queue policy has no statements", 500);
  if (s->type == Document::Type::object) {
    Document single = *s;
    *s = Document{};
    s->type = Document::Type::array;
    s->array.push(arena, single);
  }
  return &s->array;
}

bool has_label(Document& s, std::string_view label) {
  Document* sid = member(s, "Sid");
  return sid && sid->type == Document::Type::text && sid->text == label;
}

Result<Document*> read(Arena& arena, std::string_view policy) {
  FB_ASSIGN(document, wire::from_json(any_json(), policy, arena));
  return static_cast<Document*>(document);
}

std::string write(const Document& policy) {
  std::string out;
  wire::to_json(any_json(), &policy, out);
  return out;
}

}  // namespace

Result<void> check_permission(const Permission& p) {
  if (p.label.empty()) return fail(missing_parameter("Label"));
  if (!plain_name(p.label)) {
    return fail(invalid_parameter(p.label, "Label", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length."));
  }
  if (p.actions.empty()) return fail(missing_parameter("Actions"));
  if (p.actions.size() > kMaxActions) return fail(over_limit(cat(p.actions.size(), " Actions were found, maximum allowed is 7.")));
  if (p.accounts.empty()) return fail(invalid_parameter("Value [] for parameter PrincipalId is invalid. Reason: Unable to verify."));
  for (auto action : p.actions) {
    std::string shown = cat("SQS:", action);
    if (among(kOwnersOnly, action)) return fail(invalid_parameter(shown, "ActionName", "Only the queue owner is allowed to invoke this action."));
    if (!among(kGrantable, action)) return fail(invalid_parameter(shown, "ActionName", "Please refer to the appropriate WSDL for a list of valid actions."));
  }
  for (auto account : p.accounts)
    if (!is_account_id(account)) return fail(invalid_parameter(cat("[", account, "]"), "PrincipalId", "Unable to verify."));
  return {};
}

Result<std::string> add_permission(std::string_view policy, const Permission& p, const Scope& scope, std::string_view queue) {
  Arena arena;
  Document fresh = default_policy(arena, scope, queue);
  Document* document = &fresh;
  if (!policy.empty()) {
    FB_ASSIGN(stored, read(arena, policy));
    document = stored;
  }
  FB_ASSIGN(list, statements(arena, *document));
  for (Document& s : *list) if (has_label(s, p.label)) return fail(invalid_parameter(p.label, "Label", "Already exists."));
  list->push(arena, statement(arena, p, scope, queue));
  return write(*document);
}

Result<std::string> remove_permission(std::string_view policy, std::string_view label) {
  ApiError unknown = invalid_parameter(label, "Label", "can't find label.");
  if (policy.empty()) return fail(std::move(unknown));
  Arena arena;
  FB_ASSIGN(document, read(arena, policy));
  FB_ASSIGN(list, statements(arena, *document));
  size_t kept = 0;
  for (Document& s : *list) if (!has_label(s, label)) (*list)[kept++] = s;
  if (kept == list->size()) return fail(std::move(unknown));
  list->count = uint32_t(kept);
  return kept ? write(*document) : std::string();
}

}  // namespace fogbank::sqs
