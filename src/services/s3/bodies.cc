#include "services/s3/bodies.h"

#include <algorithm>

#include "base/strings.h"
#include "gateway/tasks.h"
#include "gen/s3/operations.h"
#include "services/s3/errors.h"
#include "services/s3/multipart_rules.h"

namespace fogbank::s3 {
namespace {

constexpr size_t kPiece = 1 << 20;

/// What a drop_parts task has still to remove.
struct Leftovers {
  uint64_t bucket = 0;
  uint64_t upload = 0;           ///< 0: everything of the bucket
  std::vector<Run> keep;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, bucket); a(2, upload); a(3, keep); a(unknown); }
};

/// Removes at most kPartsPerTransaction records below the prefix; true if none is left.
bool drop_some_parts(store::Txn& tx, const store::Key& prefix, const std::vector<Run>& keep) {
  std::vector<std::pair<store::Key, store::BlobRef>> doomed;
  bool all = true;
  tx.scan_prefix(prefix, [&](std::string_view key, std::string_view bytes, store::Version) {
    if (!keep.empty() && contains_part(keep, int64_t(store::number_part(store::key_parts(key).at(2))))) return true;
    if (doomed.size() == size_t(kPartsPerTransaction)) return all = false;
    auto part = decode<Part>(bytes);
    doomed.emplace_back(store::Key::raw(std::string(key), false), part ? part->blob : store::BlobRef{});
    return true;
  });
  for (const auto& [key, blob] : doomed) {
    if (blob.file) tx.drop(blob);
    tx.erase(key);
  }
  return all;
}

bool drop_some_records(store::Txn& tx, const store::Key& prefix) {
  std::vector<store::Key> doomed;
  bool all = true;
  tx.scan_prefix(prefix, [&](std::string_view key, std::string_view, store::Version) {
    if (doomed.size() == size_t(kPartsPerTransaction)) return all = false;
    doomed.push_back(store::Key::raw(std::string(key), false));
    return true;
  });
  for (const auto& key : doomed) tx.erase(key);
  return all;
}

void schedule_leftovers(store::Txn& tx, const Scope& scope, const Leftovers& what, Millis now) {
  store::Task task;
  task.due = now;
  task.kind = "s3.drop_parts";
  task.scope = scope;
  task.payload = encode(what);
  tx.schedule(std::move(task));
}

store::Key parts_prefix(const Scope& scope, const Leftovers& what) {
  return what.upload ? store::key(scope, kParts, what.bucket, what.upload) : store::key(scope, kParts, what.bucket);
}

}  // namespace

void place_body(store::Txn& tx, const BucketInfo& bucket, std::string_view key, Object& object, const store::BlobRef& blob) {
  if (blob.file) tx.keep(blob, object_key(bucket, key));
  if (!blob.file && blob.size > kInRecord) {
    object.apart = true;
    tx.put_record(body_key(bucket, key, object.order), blob);
    return;
  }
  object.blob = blob;
}

void give_up(store::Store& store, const store::BlobRef& blob) {
  if (!blob.file) return;
  // Should this fail, the blob is still pending and goes at the next start.
  (void)store.write([&](store::Txn& tx) -> Result<void> { tx.drop(blob); return {}; });
}

void drop_parts_of(store::Txn& tx, const BucketInfo& bucket, uint64_t upload, const std::vector<Run>& keep, Millis now) {
  Leftovers what{bucket.record.id, upload, keep, {}};
  if (!drop_some_parts(tx, parts_prefix(bucket.scope, what), keep)) schedule_leftovers(tx, bucket.scope, what, now);
}

void drop_leftovers(store::Txn& tx, const BucketInfo& bucket, Millis now) {
  schedule_leftovers(tx, bucket.scope, {bucket.record.id, 0, {}, {}}, now);
}

void drop_body(store::Txn& tx, const BucketInfo& bucket, std::string_view key, const Object& object, Millis now, int at_once) {
  if (object.upload && object.parts() > at_once) return schedule_leftovers(tx, bucket.scope, {bucket.record.id, object.upload, {}, {}}, now);
  if (object.upload) return drop_parts_of(tx, bucket, object.upload, {}, now);
  if (object.apart) tx.erase(body_key(bucket, key, object.order));
  else if (object.blob.file) tx.drop(object.blob);
}

Result<void> drop_parts(TaskContext& cx) {
  auto what = cx.payload<Leftovers>();
  if (!what) return fail(internal_error("the payload of a drop_parts task is damaged"));
  struct Job { Leftovers what; Scope scope; bool done = false; } job{*what, cx.task().scope};
  bool done = false;
  while (!done) {
    struct State { const Job* job; bool* done; } state{&job, &done};
    FB_TRY(cx.write(state, [](store::Txn& tx, const State& s) -> Result<void> {
      const Leftovers& left = s.job->what;
      *s.done = drop_some_parts(tx, parts_prefix(s.job->scope, left), left.keep);
      if (!left.upload && *s.done) *s.done = drop_some_records(tx, store::key(s.job->scope, kUploads, left.bucket));
      if (!left.upload && *s.done) *s.done = drop_some_records(tx, store::key(s.job->scope, kChecks, left.bucket));
      return {};
    }));
  }
  return cx.finish();
}

Result<std::vector<Segment>> segments_of(store::Reader& reader, const BucketInfo& bucket, std::string_view key, const Object& object, const ByteRange& range) {
  std::vector<Segment> out;
  if (range.length <= 0) return out;
  if (!object.upload) {
    if (!object.apart) return std::vector<Segment>{{object.blob, range.first, range.length}};
    auto blob = reader.get_as<store::BlobRef>(body_key(bucket, key, object.order));
    if (!blob) return fail(internal_error("the body record of an object is missing"));
    out.push_back({std::move(*blob), range.first, range.length});
    return out;
  }
  std::vector<PartSlice> slices = slices_of(object.runs, range);
  size_t next = 0;
  reader.scan(part_key(bucket, object.upload, uint64_t(slices.front().number)), part_key(bucket, object.upload, uint64_t(slices.back().number) + 1),
              store::Order::ascending, [&](std::string_view encoded, std::string_view bytes, store::Version) {
    if (int64_t(store::number_part(store::key_parts(encoded).at(2))) != slices[next].number) return true;
    auto part = decode<Part>(bytes);
    if (!part) throw std::runtime_error("a part's record is damaged");
    out.push_back({std::move(part->blob), slices[next].offset, slices[next].length});
    return ++next < slices.size();
  });
  if (next < slices.size()) return fail(internal_error("a part of an object is missing"));
  return out;
}

Result<void> read_segments(store::Store& store, const std::vector<Segment>& segments, const std::function<Result<void>(std::string_view)>& take) {
  for (const Segment& s : segments) {
    FB_ASSIGN(reader, store.open_blob(s.blob));
    for (int64_t done = 0; done < s.length;) {
      FB_ASSIGN(bytes, reader->read(s.offset + done, size_t(std::min<int64_t>(s.length - done, int64_t(kPiece)))));
      if (bytes.empty()) return fail(internal_error("a blob is shorter than its record says"));
      FB_TRY(take(bytes));
      done += int64_t(bytes.size());
    }
  }
  return {};
}

}  // namespace fogbank::s3
