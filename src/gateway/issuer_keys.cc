#include "gateway/issuer_keys.h"

#include <map>
#include <mutex>

#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/outbound.h"

namespace fogbank {
namespace {

constexpr store::Table kTable{"core", "issuer_keys"};
constexpr int64_t kDocumentMilliseconds = 5000;

std::string name_of(const Issuer& issuer) {
  std::string out = issuer.url;
  for (const auto& t : issuer.thumbprints) append(out, ' ', t);
  return out;
}

http::ClientRequest get(const std::string& url, const std::vector<std::string>& thumbprints) {
  http::ClientRequest r;
  r.method = "GET";
  r.url = url;
  r.fields = {{"Accept", "application/json"}};
  r.thumbprints = thumbprints;
  r.timeout_milliseconds = kDocumentMilliseconds;
  r.max_response = auth::kMaxKeySet;
  return r;
}

}  // namespace

struct IssuerKeys::State {
  struct Entry {
    std::shared_ptr<const auth::KeySet> keys;
    std::string error;
    int64_t at_us = 0;       ///< when keys or error came
    bool fetching = false;
  };
  std::mutex mutex;
  std::map<std::string, Entry> entries;

  /// Makes room for one more: forgets the oldest that nobody fetches. Caller holds the lock.
  void bound() {
    if (entries.size() < kMaxIssuers) return;
    auto oldest = entries.end();
    for (auto it = entries.begin(); it != entries.end(); ++it)
      if (!it->second.fetching && (oldest == entries.end() || it->second.at_us < oldest->second.at_us)) oldest = it;
    if (oldest != entries.end()) entries.erase(oldest);
  }
};

IssuerKeys::IssuerKeys(Core& core) : core_(core), state_(std::make_shared<State>()) {}

store::Key IssuerKeys::wake_key(const Issuer& issuer) { return store::key(Scope{}.whole_partition(), kTable, issuer.url); }

void IssuerKeys::remember(const Issuer& issuer, std::shared_ptr<const auth::KeySet> keys) {
  std::lock_guard<std::mutex> lock(state_->mutex);
  state_->bound();
  state_->entries[name_of(issuer)] = {std::move(keys), "", steady_micros(), false};
}

IssuerKeys::Answer IssuerKeys::find(const Issuer& issuer, const auth::Jwt& token, int64_t since_us) {
  int64_t now = steady_micros();
  {
    std::lock_guard<std::mutex> lock(state_->mutex);
    std::string name = name_of(issuer);
    auto it = state_->entries.find(name);
    if (it != state_->entries.end()) {
      const State::Entry& e = it->second;
      int64_t age = now - e.at_us;
      bool fresh = e.at_us >= since_us;
      if (e.keys && (fresh || age < kKeepUs)) {
        bool known = e.keys->verify(token) != auth::KeySet::Verdict::unknown_key;
        if (known || fresh || age < kRefetchUs) return {e.keys, "", false};
      }
      if (!e.error.empty() && (fresh || age < kRetryUs)) return {nullptr, e.error, false};
      if (e.fetching) return {nullptr, "", true};
    } else {
      state_->bound();
      if (state_->entries.size() >= kMaxIssuers) return {nullptr, "TooManyCalls", false};
    }
    state_->entries[name].fetching = true;
  }
  fetch(issuer);
  return {nullptr, "", true};
}

void IssuerKeys::fetch(const Issuer& issuer) {
  auto finish = [core = &core_, state = state_, issuer](Result<auth::KeySet> result) {
    {
      std::lock_guard<std::mutex> lock(state->mutex);
      State::Entry& e = state->entries[name_of(issuer)];
      e.fetching = false;
      e.at_us = steady_micros();
      e.keys = result ? std::make_shared<const auth::KeySet>(std::move(*result)) : nullptr;
      e.error = result ? std::string() : result.error().code;
    }
    if (!result) log(LogLevel::info, cat("keys of the issuer ", issuer.url, ": ", result.error().code, ": ", result.error().message));
    auto signalled = core->store().write([&](store::Txn& tx) -> Result<void> {
      tx.signal(wake_key(issuer));
      return {};
    });
    if (!signalled) log(LogLevel::warning, cat("calls that wait for ", issuer.url, " were not woken: ", signalled.error().message));
  };
  auto body = [](const Result<http::ClientResponse>& r) -> Result<std::string_view> {
    if (!r) return fail(r.error());
    if (r->status != 200) return fail("BadDocument", cat("HTTP status ", r->status));
    return std::string_view(r->body);
  };
  std::string base = issuer.url;
  while (base.ends_with('/')) base.pop_back();
  core_.outbound().send(get(base + "/.well-known/openid-configuration", issuer.thumbprints), [this, issuer, finish, body](Result<http::ClientResponse> answer) {
    auto text = body(answer);
    if (!text) return finish(fail(std::move(text.error())));
    auto document = auth::read_discovery(*text);
    if (!document) return finish(fail("BadDocument", "the discovery document names no issuer and jwks_uri"));
    if (document->issuer != issuer.url) return finish(fail("BadDocument", cat("the discovery document is of another issuer: ", document->issuer)));
    if (!starts_with_i(document->jwks_uri, "https://")) return finish(fail("BadDocument", cat("jwks_uri is not https: ", document->jwks_uri)));
    core_.outbound().send(get(document->jwks_uri, issuer.thumbprints), [finish, body](Result<http::ClientResponse> got) {
      auto json = body(got);
      if (!json) return finish(fail(std::move(json.error())));
      auto keys = auth::KeySet::read(*json);
      if (!keys) return finish(fail("BadDocument", "jwks_uri has no set of at most a hundred keys of a type"));
      finish(std::move(*keys));
    });
  });
}

}  // namespace fogbank
