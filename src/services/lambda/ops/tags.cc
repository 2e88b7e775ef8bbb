// TagResource, UntagResource and ListTags: https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html
#include "base/strings.h"
#include "gen/lambda/operations.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"
#include "services/lambda/mappings.h"
#include "services/lambda/tags.h"

namespace fogbank::lambda {
namespace {

/// What an ARN names: the key of the record that has the tags.
struct Tagged {
  store::Key key;
  bool mapping = false;
};

Result<Tagged> tagged(Context& cx, std::string_view arn) {
  auto parts = parse_arn(arn);
  if (!parts) return fail(invalid_parameter("An error occurred and the request cannot be processed."));
  Scope scope{Partition(parts->partition), AccountId(parts->account), Region(parts->region)};
  if (parts->resource.starts_with("event-source-mapping:")) return Tagged{mapping_key(scope, parts->resource.substr(21)), true};
  if (!parts->resource.starts_with("function:")) return fail(not_implemented(cat("Tagging of ", parts->resource.substr(0, parts->resource.find(':')))));
  FB_ASSIGN(ref, request_function(cx, arn));
  if (!ref.qualifier.empty()) return fail(invalid_parameter("Tags on function aliases and versions are not supported. Please specify a function ARN."));
  return Tagged{function_key(ref.scope, ref.name), false};
}

ApiError missing(const Tagged& t, std::string_view arn) {
  return t.mapping ? not_found(cat("Event source mapping not found: ", arn)) : function_not_found(arn);
}

template <class Record> Result<void> change(store::Txn& tx, const Tagged& t, std::string_view arn, const std::function<Result<void>(Tags&)>& f) {
  auto record = tx.get_as<Record>(t.key);
  if (!record) return fail(missing(t, arn));
  FB_TRY(f(record->tags));
  tx.put_record(t.key, *record);
  return {};
}

Result<void> change_tags(Context& cx, std::string_view arn, const std::function<Result<void>(Tags&)>& f) {
  FB_ASSIGN(t, tagged(cx, arn));
  return cx.write([&](store::Txn& tx) { return t.mapping ? change<Mapping>(tx, t, arn, f) : change<Function>(tx, t, arn, f); });
}

}  // namespace

Result<void> TagResource(Context& cx, const svc::TagResourceRequest& in, svc::TagResourceOutput&) {
  if (in.Tags.empty()) return fail(invalid_parameter("An error occurred and the request cannot be processed."));
  return change_tags(cx, in.Resource, [&](Tags& tags) { return merge_tags(tags, in.Tags); });
}

Result<void> UntagResource(Context& cx, const svc::UntagResourceRequest& in, svc::UntagResourceOutput&) {
  return change_tags(cx, in.Resource, [&](Tags& tags) -> Result<void> {
    for (Str key : in.TagKeys) tags.erase(std::string(key));
    return {};
  });
}

Result<void> ListTags(Context& cx, const svc::ListTagsRequest& in, svc::ListTagsResponse& out) {
  FB_ASSIGN(t, tagged(cx, in.Resource));
  std::optional<Tags> tags;
  cx.read([&](store::Reader& reader) {
    if (t.mapping) { if (auto m = reader.get_as<Mapping>(t.key)) tags = m->tags; }
    else if (auto f = reader.get_as<Function>(t.key)) tags = f->tags;
  });
  if (!tags) return fail(missing(t, in.Resource));
  out.Tags.reserve(cx.arena(), uint32_t(tags->size()));
  for (const auto& [k, v] : *tags) out.Tags.add(cx.arena(), cx.str(k)) = cx.str(v);
  return {};
}

}  // namespace fogbank::lambda
