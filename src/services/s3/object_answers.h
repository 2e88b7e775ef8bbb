// What object operations say about an object, and the other way round: the members that GET, HEAD, PUT, COPY and the multipart calls
// share. Templates, since each operation has an output type of its own with the same members.
#pragma once
#include "gateway/context.h"
#include "services/s3/checksums.h"
#include "services/s3/lock_rules.h"
#include "services/s3/mime_words.h"
#include "services/s3/object_rules.h"
#include "services/s3/request_rules.h"
#include "services/s3/state.h"
#include "services/s3/tag_rules.h"
#include "services/s3/versions.h"

namespace fogbank::s3 {

/// ServerSideEncryption of every answer: objects are kept as S3 keeps them by default, under keys of its own, which nobody can see.
inline constexpr const char* kEncryption = "AES256";

inline const char* checksum_type(bool composite) { return composite ? "COMPOSITE" : "FULL_OBJECT"; }

/// Attributes from the headers of a write.
template <class In> Result<Attributes> read_attributes(const In& in) {
  Attributes a;
  a.content_type = in.ContentType.view();
  a.cache_control = in.CacheControl.view();
  a.content_disposition = in.ContentDisposition.view();
  a.content_encoding = content_encoding(in.ContentEncoding);
  a.content_language = in.ContentLanguage.view();
  a.expires = in.Expires.view();
  a.website_redirect = in.WebsiteRedirectLocation.view();
  if (in.Metadata.has()) {
    FB_ASSIGN(metadata, read_metadata(in.Metadata));
    a.metadata = std::move(metadata);
  }
  if (in.Tagging) {
    FB_ASSIGN(tags, read_tagging(in.Tagging));
    a.tags = std::move(tags);
  }
  const std::string& to = a.website_redirect;
  if (!to.empty() && to[0] != '/' && !to.starts_with("http://") && !to.starts_with("https://")) {
    return fail(ApiError("InvalidRedirectLocation", "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.", 400));
  }
  return a;
}

/// Object Lock as a PutObject, CopyObject or CreateMultipartUpload asks for it.
template <class In> Result<std::optional<Lock>> read_lock(Context& cx, const In& in) {
  return read_lock_headers(in.ObjectLockMode, in.ObjectLockRetainUntilDate, in.ObjectLockLegalHoldStatus, cx.now());
}

/// Header lines about a delete marker that a read met; `named`: its version id was given.
void tell_marker(Context& cx, const BucketInfo& bucket, const Object& marker, bool named);

/// ETag, version, checksum and encryption of an object that was just written.
template <class Out> void tell_written(Context& cx, Out& out, const Object& object) {
  out.ETag = cx.str(quoted_etag(object.etag));
  out.ServerSideEncryption = kEncryption;
  if (!object.version_id.empty()) out.VersionId = cx.str(object.version_id);
  if (object.checksum.empty()) return;
  set_checksum(out, object.checksum_algorithm, cx.str(object.checksum));
  out.ChecksumType = checksum_type(object.composite);
}

/// Everything that GET and HEAD say about an object but for ranges and checksums.
/// `version`: how the version is named, or empty. The lock is told to those who may see it (entries 1 and 2 of the decision).
template <class In, class Out> void tell_object(Context& cx, const In& in, Out& out, const Object& object, std::string_view version) {
  const Attributes& a = object.attributes;
  auto text = [&](Str wanted, const std::string& kept) { return wanted ? cx.str(*to_latin1(wanted, true)) : kept.empty() ? Str{} : cx.str(kept); };
  out.AcceptRanges = "bytes";
  out.ETag = cx.str(quoted_etag(object.etag));
  out.LastModified = object.modified;
  out.ServerSideEncryption = kEncryption;
  out.ContentType = text(in.ResponseContentType, a.content_type);
  if (!out.ContentType) out.ContentType = "binary/octet-stream";
  out.CacheControl = text(in.ResponseCacheControl, a.cache_control);
  out.ContentDisposition = text(in.ResponseContentDisposition, a.content_disposition);
  out.ContentEncoding = text(in.ResponseContentEncoding, a.content_encoding);
  out.ContentLanguage = text(in.ResponseContentLanguage, a.content_language);
  out.Expires = in.ResponseExpires ? cx.str(http_date(*in.ResponseExpires)) : text(Str{}, a.expires);
  out.WebsiteRedirectLocation = text(Str{}, a.website_redirect);
  if (!object.storage_class.empty()) out.StorageClass = cx.str(object.storage_class);
  if (!version.empty()) out.VersionId = cx.str(version);
  if (object.lock && !object.lock->mode.empty() && !cx.entry_denied(1)) {
    out.ObjectLockMode = cx.str(object.lock->mode);
    out.ObjectLockRetainUntilDate = object.lock->until;
  }
  if (object.lock && !object.lock->hold.empty() && !cx.entry_denied(2)) out.ObjectLockLegalHoldStatus = cx.str(object.lock->hold);
  if (!a.tags.empty()) out.TagCount = int32_t(a.tags.size());
  for (const auto& [name, value] : a.metadata) out.Metadata.add(cx.arena(), cx.str(name)) = cx.str(encode_mime_word(value));
}

}  // namespace fogbank::s3
