// ListObjectVersions' walk: the object and the version table side by side, merged by key; of one key the current object comes first.
#include <algorithm>

#include "services/s3/listing.h"

namespace fogbank::s3 {
namespace {

/// Keys of one table in order, read ahead in growing batches.
class Cursor {
 public:
  Cursor(store::Reader& reader, store::Key from, store::Key end) : reader_(reader), next_(std::move(from)), end_(std::move(end)) {}

  struct Entry { std::string key; ObjectSummary object; };
  /// The entry that it stands at, or null behind the last.
  Entry* at() {
    if (position_ == entries_.size()) fill();
    return position_ < entries_.size() ? &entries_[position_] : nullptr;
  }
  void advance() { position_++; }
  void seek(store::Key from) {
    if (from < next_) {
      // Perhaps among what is read already: pass over it.
      while (position_ < encoded_.size() && encoded_[position_] < from.bytes()) position_++;
      return;
    }
    next_ = std::move(from);
    entries_.clear();
    encoded_.clear();
    position_ = 0;
    batch_ = 8;   // of folders only the first entry is needed
  }

 private:
  void fill() {
    entries_.clear();
    encoded_.clear();
    position_ = 0;
    if (!(next_ < end_)) return;
    reader_.scan(next_, end_, store::Order::ascending, [&](std::string_view encoded, std::string_view bytes, store::Version) {
      auto summary = decode<ObjectSummary>(bytes);
      if (!summary) throw std::runtime_error("an object's record is damaged");
      entries_.push_back({key_text(encoded), std::move(*summary)});
      encoded_.emplace_back(encoded);
      return entries_.size() < batch_;
    });
    next_ = entries_.size() < batch_ ? end_ : store::Key::raw(encoded_.back() + '\0', false);
    batch_ = std::min<size_t>(batch_ * 2, 512);
  }

  store::Reader& reader_;
  store::Key next_, end_;
  size_t batch_ = 8, position_ = 0;
  std::vector<Entry> entries_;
  std::vector<std::string> encoded_;
};

class Merge {
 public:
  Merge(store::Reader& reader, const BucketInfo& bucket, const ListQuery& q, const std::optional<VersionName>& after)
      : bucket_(bucket), objects_(reader, base(kObjects), end(kObjects, q)), past_(reader, base(kVersions), end(kVersions, q)) {
    store::Key objects = base(kObjects), past = base(kVersions);
    objects.begins(q.prefix);
    past.begins(q.prefix);
    if (!q.after.empty()) begin_after(reader, q, after, objects, past);
    objects_.seek(std::move(objects));
    past_.seek(std::move(past));
  }

  /// The next version, or nothing. It is passed by advance().
  struct Step { Cursor::Entry* entry; bool current; };
  std::optional<Step> at() {
    Cursor::Entry *object = objects_.at(), *past = past_.at();
    if (!object && !past) return std::nullopt;
    if (object && (!past || object->key <= past->key)) return Step{object, true};
    return Step{past, false};
  }
  void advance(bool current) { (current ? objects_ : past_).advance(); }
  void skip_prefix(std::string_view common) {
    store::Key objects = base(kObjects), past = base(kVersions);
    objects.begins(common);
    past.begins(common);
    objects_.seek(objects.after_prefix());
    past_.seek(past.after_prefix());
  }

 private:
  store::Key base(const store::Table& table) const { return store::key(bucket_.scope, table, bucket_.record.id); }
  store::Key end(const store::Table& table, const ListQuery& q) const {
    store::Key k = base(table);
    k.begins(q.prefix);
    return k.after_prefix();
  }
  void begin_after(store::Reader& reader, const ListQuery& q, const std::optional<VersionName>& after, store::Key& objects, store::Key& past) {
    store::Key object = object_key(bucket_, q.after), all = store::key(bucket_.scope, kVersions, bucket_.record.id, q.after);
    store::Key first_object = store::Key::raw(object.bytes() + '\0', false), first_past = all.after_prefix();
    if (after) {
      // A null version says nothing about its place: where it is gone, the key is listed from its beginning.
      std::optional<Object> null = after->id.empty() ? load_version(reader, bucket_, q.after, *after) : std::nullopt;
      uint64_t order = !after->id.empty() ? after->order : null ? null->order : ~uint64_t(0);
      auto current = load_object(reader, bucket_, q.after);
      if (current && current->order < order) first_object = std::move(object);
      first_past = order ? version_key(bucket_, q.after, order - 1) : first_past;
    }
    if (objects < first_object) objects = std::move(first_object);
    if (past < first_past) past = std::move(first_past);
  }

  const BucketInfo& bucket_;
  Cursor objects_, past_;
};

}  // namespace

VersionPage list_versions(store::Reader& reader, const BucketInfo& bucket, const ListQuery& q, const std::optional<VersionName>& after_version) {
  VersionPage page;
  if (q.max <= 0) return page;
  Merge merge(reader, bucket, q, after_version);
  if (!after_version && !q.after.empty()) {
    std::string_view inside = common_prefix_of(q.after, q.prefix, q.delimiter);
    if (!inside.empty()) merge.skip_prefix(inside);
  }
  std::string newest_of;       // key whose newest version has been seen
  bool any = false;
  while (auto step = merge.at()) {
    std::string_view common = common_prefix_of(step->entry->key, q.prefix, q.delimiter);
    page.truncated = page.entries.size() >= size_t(q.max);
    if (page.truncated) break;
    if (!common.empty()) {
      std::string prefix(common);
      page.entries.push_back({true, false, prefix, {}});
      merge.skip_prefix(prefix);
      continue;
    }
    bool first = !any || newest_of != step->entry->key;
    if (first && after_version && !any && step->entry->key == q.after && !step->current) {
      // In the midst of a key: the newest version may be on the page before.
      auto newest = load_newest_marker(reader, bucket, q.after);
      first = newest && newest->order == step->entry->object.order;
    }
    any = true;
    newest_of = step->entry->key;
    page.entries.push_back({false, first, std::move(step->entry->key), std::move(step->entry->object)});
    merge.advance(step->current);
  }
  return page;
}

}  // namespace fogbank::s3
