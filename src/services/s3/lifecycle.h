// Lifecycle rules at work: one recurring task a bucket, which comes every midnight (virtual clock) and walks the bucket's keys in stretches.
//
// How far it has come is in the task's payload; each stretch looks at some hundred records and changes a few dozen, in transactions that
// look again at what they change. After a crash the stretch is done again, which finds nothing left to do.
#pragma once
#include "gateway/context.h"
#include "services/s3/configurations.h"
#include "services/s3/lifecycle_rules.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

/// Starts the task of a bucket that has rules now and ends that of one that has none; `record` is about to be written.
void schedule_lifecycle(store::Txn& tx, const BucketInfo& bucket, Bucket& record, Millis now);
/// Tells when a current object will expire, if it will. Not inside a transaction.
template <class Out> void tell_expiration(Context& cx, Out& out, Str bucket, Str key, const Object& object) {
  BucketPtr found = find_bucket(cx.core(), cx.scope().partition, bucket);
  if (!found || !found->settings->lifecycle || object.marker) return;
  if (auto expiry = expiry_of(*found->settings->lifecycle, key, object)) out.Expiration = cx.str(expiration_header(*expiry));
}

}  // namespace fogbank::s3
