// Settings that a write request may carry and that this program does not give an effect: each is accepted only where it asks for what
// happens anyway, else refused by name. Pure.
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "services/s3/acl_rules.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {

/// All of them, for what PutObject, CopyObject and CreateMultipartUpload have in common.
template <class T> Result<void> check_unserved(const T& in) {
  return check_acl_request(acl_request(in), true);
}

}  // namespace fogbank::s3
