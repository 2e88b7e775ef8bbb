#include "services/iam/managed.h"

#include <shared_mutex>

#include "base/encoding.h"
#include "base/strings.h"
#include "gen/iam/managed_policies.h"

namespace fogbank::iam {
namespace {

struct Catalogue {
  std::string text;
  std::vector<ManagedPolicy> policies;                                  ///< views into text
  std::unordered_map<std::string_view, const ManagedPolicy*> by_arn;
};

Millis date(std::string_view text) {
  auto t = parse_iso8601(text);
  if (!t) throw std::logic_error(cat("embedded policy data: bad date ", text));
  return *t;
}

std::string id_of(std::string_view arn) {
  static constexpr char kBase32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  Sha256 digest = sha256(arn);
  std::string out = "ANPA";
  for (size_t i = 0; i < 17; i++) out += kBase32[digest[i] & 31];
  return out;
}

const Catalogue& catalogue() {
  static const Catalogue* made = [] {
    auto* c = new Catalogue;
    c->text = data::managed_policies();
    std::string_view rest = c->text;
    while (!rest.empty()) {
      size_t end = rest.find('\n');
      auto fields = split(rest.substr(0, end), '\t');
      if (end == std::string_view::npos || fields.size() != 7) throw std::logic_error("embedded policy data: a line is damaged");
      c->policies.push_back({fields[0], fields[1], fields[2], fields[3], fields[6], date(fields[4]), date(fields[5]), id_of(fields[1])});
      rest.remove_prefix(end + 1);
    }
    for (const ManagedPolicy& p : c->policies) c->by_arn.emplace(p.arn, &p);
    return c;
  }();
  return *made;
}

}  // namespace

std::span<const ManagedPolicy> managed_policies() { return catalogue().policies; }

const ManagedPolicy* find_managed(std::string_view arn) {
  auto found = catalogue().by_arn.find(arn);
  return found == catalogue().by_arn.end() ? nullptr : found->second;
}

std::span<const ManagedPolicy> managed_after(std::string_view name) {
  const auto& all = catalogue().policies;
  auto from = std::upper_bound(all.begin(), all.end(), name, [](std::string_view n, const ManagedPolicy& p) { return n < p.name; });
  return {all.data() + (from - all.begin()), size_t(all.end() - from)};
}

policy::PolicyPtr compiled_managed(std::string_view arn) {
  static std::shared_mutex mutex;
  static std::unordered_map<const ManagedPolicy*, policy::PolicyPtr> done;
  const ManagedPolicy* p = find_managed(arn);
  if (!p) return nullptr;
  {
    std::shared_lock lock(mutex);
    if (auto found = done.find(p); found != done.end()) return found->second;
  }
  auto compiled = policy::parse(p->document, policy::PolicyKind::identity);
  if (!compiled) throw std::logic_error(cat("embedded policy ", p->name, " does not compile: fault ", int(compiled.error().fault), " ", compiled.error().field));
  std::unique_lock lock(mutex);
  return done.emplace(p, std::move(*compiled)).first->second;
}

}  // namespace fogbank::iam
