#include "services/ssm/selection.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "services/ssm/errors.h"
#include "services/ssm/public_parameters.h"

namespace fogbank::ssm {
namespace {

Chosen chosen_of(const Scope& scope, const Parameter& parameter, Version version, std::string selector = {}) {
  Chosen out{parameter.name, parameter_arn(scope, parameter.name), std::move(selector), std::move(version), {}, {}};
  for (const auto& [label, number] : parameter.labels) if (number == out.version.number) out.labels.push_back(label);
  return out;
}

Chosen chosen_of(const Scope& scope, const PublicParameter& p) {
  Chosen out;
  Scope nobodys = scope;
  nobodys.account = AccountId();
  out.name = p.name;
  out.arn = parameter_arn(nobodys, p.name);
  out.version.value = p.value;
  out.version.number = p.version;
  out.version.modified = p.modified;
  return out;
}

Result<Chosen> choose_public(AuthoriseContext& cx, const Reference& r) {
  std::optional<Chosen> found;
  cx.core().state<PublicParameters>().get(r.scope.region, r.name, [&](const PublicParameter& p) { found = chosen_of(r.scope, p); return false; });
  if (!found) return fail(parameter_not_found());
  if (r.selector.empty()) return std::move(*found);
  auto version = parse_int(r.selector);
  if (!version) return fail(label_not_found(r.selector, r.name));
  if (uint64_t(*version) != found->version.number) return fail(version_not_found(uint64_t(*version), r.name));
  found->selector = cat(':', r.selector);
  return std::move(*found);
}

/// The parameters of the account whose place comes behind `after`, from those that begin with `prefix`, until `visit` returns false.
void scan_places(store::Reader& reader, const Scope& scope, std::string_view prefix, std::string_view after,
                 const std::function<bool(const Parameter&)>& visit) {
  store::Key all = store::key(scope, kParameters);
  if (!prefix.empty()) all.begins(prefix);
  store::Key from = after.empty() ? all : parameter_key(scope, after);
  reader.scan(from, all.after_prefix(), store::Order::ascending, [&](std::string_view, std::string_view bytes, store::Version) {
    auto p = decode<Parameter>(bytes);
    if (!p || place_of(p->name) == after) return true;
    return visit(*p);
  });
}

/// Collects a page; one more shows that there is a next one.
class Page {
 public:
  Page(Selection& out, size_t limit) : out_(out), limit_(limit) {}
  bool add(Chosen c) {
    if (out_.chosen.size() == limit_) {
      out_.next_token = make_token(place_of(out_.chosen.back().name));
      return false;
    }
    out_.chosen.push_back(std::move(c));
    return true;
  }

 private:
  Selection& out_;
  const size_t limit_;
};

/// The version that the listing shows: the current one, or that with the label asked for.
std::optional<Version> version_shown(store::Reader& reader, const Scope& scope, const Parameter& p, const Filter* label) {
  if (!label) return p.current;
  for (const std::string& wanted : label->values)
    if (auto it = p.labels.find(wanted); it != p.labels.end()) return find_version(reader, scope, p, it->second);
  return std::nullopt;
}

}  // namespace

Result<Chosen> choose(AuthoriseContext& cx, const Reference& r) {
  if (r.space == Space::service) return choose_public(cx, r);
  auto p = find_parameter(cx.reader(), r.scope, place_of(r.name));
  if (!p) return fail(parameter_not_found());
  if (r.selector.empty()) return chosen_of(r.scope, *p, p->current);
  std::optional<uint64_t> number;
  if (auto n = parse_int(r.selector)) number = uint64_t(*n);
  else if (auto it = p->labels.find(r.selector); it != p->labels.end()) number = it->second;
  else if (r.selector[0] >= '0' && r.selector[0] <= '9') return fail(parameter_not_found());   // a number beyond all versions
  else return fail(label_not_found(r.selector, r.name));
  auto v = find_version(cx.reader(), r.scope, *p, *number);
  if (!v) return fail(version_not_found(*number, r.name));
  return chosen_of(r.scope, *p, std::move(*v), cat(':', r.selector));
}

Result<void> choose_by_path(AuthoriseContext& cx, const svc::GetParametersByPathRequest& in, Selection& out) {
  std::string path(trim(in.Path));
  FB_TRY(check_path(path));
  if (starts_with_i(path, "/ssm")) return fail(bad_path());
  FB_ASSIGN(filters, read_filters(in.ParameterFilters, true));
  FB_ASSIGN(after, read_token(in.NextToken));
  bool recursive = in.Recursive.value_or(false);
  Page page(out, size_t(in.MaxResults.value_or(10)));
  if (!path.ends_with('/')) path += '/';
  const Filter* label = label_filter(filters);
  if (path.starts_with("/aws/")) {
    if (label) return {};
    std::string last = after.empty() ? std::string() : cat('/', after);
    cx.core().state<PublicParameters>().scan(cx.target().region, path, last, [&](const PublicParameter& p) {
      if (!below(p.name, path, recursive)) return true;
      Parameter as_one;
      as_one.name = p.name;
      return fits(filters, as_one) ? page.add(chosen_of(cx.target(), p)) : true;
    });
    return {};
  }
  scan_places(cx.reader(), cx.target(), place_of(path), after, [&](const Parameter& p) {
    if (!below(p.name, path, recursive) || !fits(filters, p)) return true;
    auto v = version_shown(cx.reader(), cx.target(), p, label);
    return v ? page.add(chosen_of(cx.target(), p, std::move(*v))) : true;
  });
  return {};
}

Result<void> choose_history(AuthoriseContext& cx, const Reference& r, const svc::GetParameterHistoryRequest& in, Selection& out) {
  if (r.space == Space::service) return fail(parameter_not_found());
  auto p = find_parameter(cx.reader(), r.scope, place_of(r.name));
  if (!p) return fail(parameter_not_found());
  FB_ASSIGN(after, read_token(in.NextToken));
  uint64_t first = p->oldest;
  if (!after.empty()) {
    auto last = parse_int(after);
    if (!last) return fail(invalid_token());
    first = std::max(first, uint64_t(*last) + 1);
  }
  size_t limit = size_t(in.MaxResults.value_or(50));
  uint64_t v = first;
  for (; v <= p->current.number && out.chosen.size() < limit; v++)
    if (auto version = find_version(cx.reader(), r.scope, *p, v)) out.chosen.push_back(chosen_of(r.scope, *p, std::move(*version)));
  if (v <= p->current.number) out.next_token = make_token(cat(v - 1));
  return {};
}

std::string make_token(std::string_view last) { return base64url(cat("p:", last)); }

Result<std::string> read_token(Str token) {
  if (token.empty()) return std::string();
  auto text = unbase64url(token);
  if (!text || !text->starts_with("p:") || text->size() == 2) return fail(invalid_token());
  return text->substr(2);
}

}  // namespace fogbank::ssm
