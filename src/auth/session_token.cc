#include "auth/session_token.h"

#include <openssl/crypto.h>

#include <stdexcept>

#include "auth/access_keys.h"
#include "base/aead.h"
#include "base/encoding.h"
#include "base/guarded.h"
#include "base/strings.h"

namespace fogbank::auth {
namespace {

constexpr std::string_view kPrefix("!\n\torigin_ec", 12);  // in base64: IQoJb3JpZ2luX2Vj, as tokens of AWS begin
constexpr char kVersion = 1;
constexpr size_t kHead = kPrefix.size() + 1;

}  // namespace

/// Opened tokens by their text. Shards hold a bounded number of tokens and bytes; the oldest goes first.
class SessionTokens::Cache {
 public:
  std::shared_ptr<const Session> find(std::string_view token) {
    auto shard = shard_of(token).lock();
    auto it = shard->by_token.find(token);
    return it == shard->by_token.end() ? nullptr : it->second->session;
  }
  void add(std::string_view token, std::shared_ptr<const Session> session) {
    auto shard = shard_of(token).lock();
    if (shard->by_token.count(token)) return;
    shard->order.push_back(std::make_unique<Entry>(Entry{std::string(token), std::move(session)}));
    Entry* e = shard->order.back().get();
    shard->by_token.emplace(e->token, e);
    shard->bytes += token.size();
    while (shard->order.size() > kEntries || shard->bytes > kBytes) {
      shard->bytes -= shard->order.front()->token.size();
      shard->by_token.erase(shard->order.front()->token);
      shard->order.pop_front();
    }
  }
  void clear() {
    for (auto& guarded : shards_) {
      auto shard = guarded.lock();
      shard->by_token.clear();
      shard->order.clear();
      shard->bytes = 0;
    }
  }

 private:
  static constexpr size_t kShards = 8, kEntries = 256, kBytes = 1 << 20;
  struct Entry { std::string token; std::shared_ptr<const Session> session; };
  struct Shard {
    std::deque<std::unique_ptr<Entry>> order;
    std::unordered_map<std::string_view, Entry*> by_token;  // views of the entries
    size_t bytes = 0;
  };
  Guarded<Shard>& shard_of(std::string_view token) {  // the nonce stands near the front; the end is the tag
    return shards_[static_cast<unsigned char>(token.size() > 20 ? token[20] : 0) % kShards];
  }
  std::array<Guarded<Shard>, kShards> shards_;
};

SessionTokens::SessionTokens(std::string_view key, uint64_t epoch) : epoch_(epoch), cache_(std::make_unique<Cache>()) {
  if (key.size() != kKeyBytes) throw std::invalid_argument("a session key has 32 bytes");
  std::memcpy(key_.data(), key.data(), kKeyBytes);
}

SessionTokens::~SessionTokens() { OPENSSL_cleanse(key_.data(), key_.size()); }

void SessionTokens::set_epoch(uint64_t epoch) {
  epoch_ = epoch;
  cache_->clear();
}

Result<std::string> SessionTokens::seal(const Session& session, Random& random) const {
  std::string head = cat(kPrefix, kVersion), nonce = random.bytes(aead::kNonceBytes);
  std::string token = base64(head + aead::seal(key_view(), nonce, head, encode(session)));
  if (token.size() > kMaxToken)
    return fail("PackedPolicyTooLarge", cat("Packed size of session tags and policies consumes ", token.size() * 100 / kMaxToken, "% of allotted space."), 400);
  return token;
}

std::shared_ptr<const Session> SessionTokens::unseal(std::string_view token) const {
  if (token.size() > kMaxToken || token.size() < base64(kPrefix).size()) return nullptr;
  auto raw = unbase64(token);
  if (!raw || raw->size() < kHead || !raw->starts_with(kPrefix) || (*raw)[kPrefix.size()] != kVersion) return nullptr;
  if (base64(*raw) != token) return nullptr;  // one session, one text
  auto plain = aead::open(key_view(), std::string_view(*raw).substr(kHead), std::string_view(*raw).substr(0, kHead));
  if (!plain) return nullptr;
  auto session = decode<Session>(*plain);
  OPENSSL_cleanse(plain->data(), plain->size());
  if (!session) return nullptr;
  return std::make_shared<const Session>(std::move(*session));
}

tl::expected<std::shared_ptr<const Session>, TokenFault> SessionTokens::open(std::string_view token, std::string_view access_key_id, Millis now) const {
  auto session = cache_->find(token);
  if (!session) {
    session = unseal(token);
    if (!session) return tl::unexpected(TokenFault::malformed);
    if (session->epoch == epoch()) cache_->add(token, session);
  }
  if (session->epoch != epoch() || session->principal.access_key_id != access_key_id) return tl::unexpected(TokenFault::malformed);
  if (session->principal.expires_at <= now) return tl::unexpected(TokenFault::expired);
  return session;
}

Result<SessionCredentials> SessionTokens::make_session(Principal principal, Millis duration, Random& random, Millis now) const {
  Session s;
  s.principal = std::move(principal);
  s.principal.access_key_id = make_access_key_id("ASIA", s.principal.account, random);
  s.principal.issued_at = now;
  s.principal.expires_at = now + duration;
  s.secret = make_secret_access_key(random);
  s.epoch = epoch();
  FB_ASSIGN(token, seal(s, random));
  return SessionCredentials{s.principal.access_key_id, s.secret, std::move(token), s.principal.expires_at};
}

}  // namespace fogbank::auth
