#include "gateway/call_keys.h"

#include "base/strings.h"

namespace fogbank {
namespace {

// Tags that the request brings: a member `Tags`/`tags` that is a list of Key/Value structures or a map of texts.
void each_request_tag(const wire::View& in, const std::function<void(std::string_view, std::string_view)>& f) {
  const wire::Field* field = in.field("Tags");
  if (!field) field = in.field("tags");
  if (!field || !in.valid()) return;
  const char* slot = static_cast<const char*>(in.data()) + field->offset;
  if (field->kind == wire::Kind::map && field->shape->element->kind == wire::Kind::text) {
    for (const auto& e : *reinterpret_cast<const Map<Str>*>(slot)) f(e.key, e.value);
  } else if (field->kind == wire::Kind::list && field->shape->element->kind == wire::Kind::structure) {
    const auto& list = *reinterpret_cast<const List<char>*>(slot);
    const wire::Shape& shape = *field->shape->element;
    for (uint32_t i = 0; i < list.count; i++) {
      wire::View tag(list.items + size_t(i) * shape.size, &shape);
      Str key = tag.text("Key"), value = tag.text("Value");
      if (!key) { key = tag.text("TagKey"); value = tag.text("TagValue"); }
      if (key) f(key, value);
    }
  }
}

}  // namespace

bool CallKeys::find(std::string_view key, policy::Values& out) const {
  if (auto it = need_.keys.find(std::string(key)); it != need_.keys.end()) {
    for (const auto& v : it->second) out.add(v);
    return true;
  }
  if (key.starts_with("aws:")) return global(key.substr(4), out);
  if (auto it = who().federation_keys.find(std::string(key)); it != who().federation_keys.end()) {
    for (const auto& v : it->second.values) out.add(v);
    return !it->second.values.empty();
  }
  if (std::vector<std::string> values; need_.more_keys && need_.more_keys(key, values)) {
    for (const auto& v : values) out.add_owned(v);
    return true;
  }
  for (const auto& k : decided(call_).keys) {
    if (iequals(k.key, key)) return member(k.member, out);
  }
  return false;
}

bool CallKeys::member(std::string_view name, policy::Values& out) const {
  const wire::Field* f = input().field(name);
  if (!f || !input().valid()) return false;
  const char* slot = static_cast<const char*>(input().data()) + f->offset;
  if (!wire::present(f->kind, slot)) return false;
  switch (f->kind) {
    case wire::Kind::text: out.add(*reinterpret_cast<const Str*>(slot)); return true;
    case wire::Kind::boolean: out.add(reinterpret_cast<const Opt<bool>*>(slot)->value ? "true" : "false"); return true;
    case wire::Kind::integer: out.add_owned(cat(reinterpret_cast<const Opt<int32_t>*>(slot)->value)); return true;
    case wire::Kind::longint: out.add_owned(cat(reinterpret_cast<const Opt<int64_t>*>(slot)->value)); return true;
    case wire::Kind::timestamp: out.add_owned(iso8601(reinterpret_cast<const Opt<int64_t>*>(slot)->value)); return true;
    case wire::Kind::list:
      if (f->shape->element->kind != wire::Kind::text) return false;
      for (const Str& v : *reinterpret_cast<const List<Str>*>(slot)) out.add(v);
      return true;
    default: return false;
  }
}

bool CallKeys::text(std::string_view v, policy::Values& out) const {
  if (v.empty()) return false;
  out.add_owned(v);
  return true;
}

bool CallKeys::global(std::string_view key, policy::Values& out) const {
  const auth::Principal& p = who();
  bool service_call = call_.facts.internal || !p.called_via.empty() || !need_.via_service.empty();
  if (key == "sourceip") return !service_call && text(call_.facts.source_ip, out);
  if (key == "securetransport") return text(call_.facts.tls || call_.facts.internal ? "true" : "false", out);
  if (key == "currenttime") return text(iso8601(core_now()), out);
  if (key == "epochtime") return text(cat(core_now() / 1000), out);
  if (key == "useragent") return text(call_.facts.user_agent, out);
  if (key == "referer") {
    for (const auto& h : call_.headers) if (iequals(h.name, "referer")) return text(h.value, out);
    return false;
  }
  if (key == "requestedregion") return text(call_.target.region.empty() ? std::string_view("us-east-1") : std::string_view(call_.target.region.str()), out);
  // Present only for requests made with temporary credentials, as IAM documents it.
  if (key == "multifactorauthpresent") return p.issued_at && text(p.mfa ? "true" : "false", out);
  if (key == "multifactorauthage") return p.mfa && text(cat((core_now() - p.issued_at) / 1000), out);
  if (key == "tokenissuetime") return p.issued_at && text(iso8601(p.issued_at), out);
  if (key == "sourceidentity") return text(p.source_identity, out);
  if (key.starts_with("calledvia") || key == "viaawsservice") return called_via(key, out);
  if (key == "sourcearn") return text(p.source_arn, out);
  if (key == "sourceaccount") return text(p.source_account, out);
  if (key == "sourceorgid") return !p.source_account.empty() && text(source_account()->organization_id, out);
  if (key == "sourceorgpaths") return !p.source_account.empty() && text(source_account()->organization_path, out);
  if (key == "principalorgid") return text(policies_.organization_id, out);
  if (key == "principalorgpaths") return text(policies_.organization_path, out);
  if (key == "resourceorgid") return text(owner_.organization_id, out);
  if (key == "resourceorgpaths") return text(owner_.organization_path, out);
  if (key.starts_with("resourcetag/")) return tag(info_.tags, key.substr(12), out);
  if (key == "tagkeys" || key.starts_with("requesttag/")) return request_tags(key, out);
  return false;
}

bool CallKeys::called_via(std::string_view key, policy::Values& out) const {
  const std::vector<std::string>& before = who().called_via;
  const std::string& now = need_.via_service;
  bool any = !before.empty() || !now.empty();
  if (key == "viaawsservice") return text(any ? "true" : "false", out);
  if (!any) return false;
  if (key == "calledviafirst") return text(before.empty() ? now : before.front(), out);
  if (key == "calledvialast") return text(now.empty() ? before.back() : now, out);
  if (key != "calledvia") return false;
  for (const auto& s : before) out.add(s);
  if (!now.empty()) out.add(now);
  return true;
}

bool CallKeys::tag(const std::map<std::string, std::string>& tags, std::string_view name, policy::Values& out) const {
  for (const auto& [k, v] : tags) {
    if (!iequals(k, name)) continue;
    out.add(v);
    return true;
  }
  return false;
}

bool CallKeys::request_tags(std::string_view key, policy::Values& out) const {
  bool found = false;
  each_request_tag(input(), [&](std::string_view k, std::string_view v) {
    if (key == "tagkeys") { out.add(k); found = true; }
    else if (!found && iequals(k, key.substr(11))) { out.add(v); found = true; }
  });
  if (key == "tagkeys" && !found) {  // an untagging call names the keys alone
    if (const auto* list = input().slot<List<Str>>("TagKeys")) for (const auto& k : *list) { out.add(k); found = true; }
  }
  return found;
}

}  // namespace fogbank
