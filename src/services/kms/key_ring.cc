#include "services/kms/key_ring.h"

#include <algorithm>

#include "base/aead.h"
#include "base/encoding.h"
#include "base/private_file.h"
#include "base/strings.h"

namespace fogbank::kms {
namespace {

Secret joined(const std::vector<Secret>& keys) {
  std::string out;
  out.reserve(keys.size() * aead::kKeyBytes);
  for (const Secret& k : keys) out += k.view();
  return Secret(std::move(out));
}

/// Nothing if the bytes are no ring.
std::vector<Secret> split_keys(std::string_view bytes) {
  std::vector<Secret> out;
  if (bytes.empty() || bytes.size() % aead::kKeyBytes || bytes.size() / aead::kKeyBytes > KeyRing::kMaxKeys) return out;
  for (; !bytes.empty(); bytes.remove_prefix(aead::kKeyBytes)) out.emplace_back(bytes.substr(0, aead::kKeyBytes));
  return out;
}

}  // namespace

Result<std::unique_ptr<KeyRing>> KeyRing::load(const std::string& directory, Random& random) {
  if (directory.empty()) return std::unique_ptr<KeyRing>(new KeyRing({}, {Secret(random.bytes(aead::kKeyBytes))}));
  std::string path = cat(directory, '/', kName);
  FB_ASSIGN(found, read_private_file(path, kMaxKeys * aead::kKeyBytes));
  Keys keys;
  if (found) {
    keys = split_keys(found->view());
    // Never replaced: what was sealed under it would be lost.
    if (keys.empty()) return fail("IoError", cat(path, " is damaged: it must hold ", aead::kKeyBytes, " bytes for each key"), 500);
  } else {
    keys.emplace_back(random.bytes(aead::kKeyBytes));
    FB_TRY(write_private_file(path, keys[0].view()));
  }
  return std::unique_ptr<KeyRing>(new KeyRing(std::move(path), std::move(keys)));
}

std::shared_ptr<const KeyRing::Keys> KeyRing::keys() const {
  std::lock_guard lock(mutex_);
  return keys_;
}

std::string KeyRing::seal(std::string_view nonce, std::string_view associated, std::string_view plain) const {
  return aead::seal(keys()->front().view(), nonce, associated, plain);
}

std::optional<Secret> KeyRing::open(std::string_view sealed, std::string_view associated) const {
  auto all = keys();
  for (const Secret& k : *all) if (auto plain = aead::open(k.view(), sealed, associated)) return Secret(std::move(*plain));
  return std::nullopt;
}

std::string KeyRing::mac(std::string_view text) const { return std::string(as_view(hmac_sha256(keys()->front().view(), text))); }

std::vector<Secret> KeyRing::derive(std::string_view label) const {
  std::vector<Secret> out;
  for (const Secret& k : *keys()) out.emplace_back(as_view(hmac_sha256(k.view(), label)));
  return out;
}

Secret KeyRing::bytes() const { return joined(*keys()); }

Result<void> KeyRing::adopt(std::string_view bytes) {
  Keys merged = split_keys(bytes);
  if (merged.empty()) return fail("InvalidSnapshot", cat("the file is not a usable snapshot: its ", kName, " is damaged"), 400);
  std::lock_guard lock(mutex_);
  for (const Secret& own : *keys_) {
    bool there = std::any_of(merged.begin(), merged.end(), [&](const Secret& k) { return k.view() == own.view(); });
    if (!there && merged.size() < kMaxKeys) merged.push_back(own);
  }
  if (!path_.empty()) FB_TRY(write_private_file(path_, joined(merged).view()));
  keys_ = std::make_shared<const Keys>(std::move(merged));
  generation_.fetch_add(1, std::memory_order_release);
  return {};
}

}  // namespace fogbank::kms
