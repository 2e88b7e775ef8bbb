// Put, Get, Delete and List of intelligent tiering, metrics and analytics configurations:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html and following.
// They are kept and shown; what each would do is told in the README ("Inert").
#include "base/strings.h"
#include "gen/s3/operations.h"
#include "services/s3/configurations.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {
namespace {

Result<void> check_id(std::string_view id, Str inner) {
  bool plain = !id.empty() && id.size() <= 64;
  for (unsigned char c : id) plain = plain && (std::isalnum(c) || c == '.' || c == '-' || c == '_');
  if (!plain) return fail("InvalidConfigurationId", "The specified configuration id is invalid.");
  if (inner.view() != id) return fail(malformed_xml());
  return {};
}

template <class List> Result<void> check_tags(const List& tags) {
  for (size_t i = 0; i < tags.size(); i++)
    for (size_t k = 0; k < i; k++) if (tags[i].Key.view() == tags[k].Key.view()) return fail(invalid_request("Duplicate Tag Keys are not allowed."));
  return {};
}

/// A filter names one thing, or several in an And.
template <class Filter> Result<void> check_filter(const Filter& filter, bool further) {
  if (int(bool(filter.Prefix)) + int(bool(filter.Tag)) + int(bool(filter.And)) + int(further) != 1) return fail(malformed_xml());
  if (filter.Tag && (!filter.Tag->Key || !filter.Tag->Value)) return fail(malformed_xml());
  if (filter.And) return check_tags(filter.And->Tags);
  return {};
}

template <class T, class In, class Out>
Result<void> list_all(Context& cx, const In& in, Out& out, List<T>& list, const char* kind, const wire::Shape& shape) {
  FB_ASSIGN(page, list_numbered(cx, in.Bucket, kind, in.ContinuationToken));
  for (const std::string& text : page.texts) {
    FB_ASSIGN(value, wire::from_json(shape, text, cx.arena()));
    list.push(cx.arena(), *static_cast<const T*>(value));
  }
  out.IsTruncated = !page.next.empty();
  out.ContinuationToken = in.ContinuationToken;
  if (!page.next.empty()) out.NextContinuationToken = cx.str(page.next);
  return {};
}

template <class T> Result<void> get_one(Context& cx, Str bucket, const char* kind, Str id, Ptr<T>& to, const wire::Shape& shape) {
  FB_ASSIGN(text, get_numbered(cx, bucket, kind, id));
  FB_ASSIGN(value, wire::from_json(shape, text, cx.arena()));
  to = static_cast<T*>(value);
  return {};
}

}  // namespace

Result<void> PutBucketMetricsConfiguration(Context& cx, const svc::PutBucketMetricsConfigurationRequest& in, svc::PutBucketMetricsConfigurationOutput&) {
  if (!in.MetricsConfiguration) return fail(missing_body());
  const auto& c = *in.MetricsConfiguration;
  FB_TRY(check_id(in.Id, c.Id));
  if (c.Filter) FB_TRY(check_filter(*c.Filter, bool(c.Filter->AccessPointArn)));
  cx.set_status(204);
  return put_numbered(cx, in.Bucket, kind::metrics, in.Id, as_json(*shapes::MetricsConfiguration, &c));
}
Result<void> GetBucketMetricsConfiguration(Context& cx, const svc::GetBucketMetricsConfigurationRequest& in, svc::GetBucketMetricsConfigurationOutput& out) {
  return get_one(cx, in.Bucket, kind::metrics, in.Id, out.MetricsConfiguration, *shapes::MetricsConfiguration);
}
Result<void> DeleteBucketMetricsConfiguration(Context& cx, const svc::DeleteBucketMetricsConfigurationRequest& in, svc::DeleteBucketMetricsConfigurationOutput&) {
  return delete_numbered(cx, in.Bucket, kind::metrics, in.Id);
}
Result<void> ListBucketMetricsConfigurations(Context& cx, const svc::ListBucketMetricsConfigurationsRequest& in, svc::ListBucketMetricsConfigurationsOutput& out) {
  return list_all(cx, in, out, out.MetricsConfigurationList, kind::metrics, *shapes::MetricsConfiguration);
}

Result<void> PutBucketAnalyticsConfiguration(Context& cx, const svc::PutBucketAnalyticsConfigurationRequest& in, svc::PutBucketAnalyticsConfigurationOutput&) {
  if (!in.AnalyticsConfiguration) return fail(missing_body());
  const auto& c = *in.AnalyticsConfiguration;
  FB_TRY(check_id(in.Id, c.Id));
  if (!c.StorageClassAnalysis) return fail(malformed_xml());
  if (c.Filter) FB_TRY(check_filter(*c.Filter, false));
  if (c.StorageClassAnalysis->DataExport) return fail(not_implemented("The export of a storage class analysis"));
  return put_numbered(cx, in.Bucket, kind::analytics, in.Id, as_json(*shapes::AnalyticsConfiguration, &c));
}
Result<void> GetBucketAnalyticsConfiguration(Context& cx, const svc::GetBucketAnalyticsConfigurationRequest& in, svc::GetBucketAnalyticsConfigurationOutput& out) {
  return get_one(cx, in.Bucket, kind::analytics, in.Id, out.AnalyticsConfiguration, *shapes::AnalyticsConfiguration);
}
Result<void> DeleteBucketAnalyticsConfiguration(Context& cx, const svc::DeleteBucketAnalyticsConfigurationRequest& in, svc::DeleteBucketAnalyticsConfigurationOutput&) {
  return delete_numbered(cx, in.Bucket, kind::analytics, in.Id);
}
Result<void> ListBucketAnalyticsConfigurations(Context& cx, const svc::ListBucketAnalyticsConfigurationsRequest& in, svc::ListBucketAnalyticsConfigurationsOutput& out) {
  return list_all(cx, in, out, out.AnalyticsConfigurationList, kind::analytics, *shapes::AnalyticsConfiguration);
}

Result<void> PutBucketIntelligentTieringConfiguration(Context& cx, const svc::PutBucketIntelligentTieringConfigurationRequest& in, svc::PutBucketIntelligentTieringConfigurationOutput&) {
  if (!in.IntelligentTieringConfiguration) return fail(missing_body());
  const auto& c = *in.IntelligentTieringConfiguration;
  FB_TRY(check_id(in.Id, c.Id));
  if (!(c.Status == "Enabled") && !(c.Status == "Disabled")) return fail(malformed_xml());
  if (c.Tierings.empty()) return fail(malformed_xml());
  for (const auto& t : c.Tierings) {
    bool deep = t.AccessTier == "DEEP_ARCHIVE_ACCESS";
    if ((!deep && !(t.AccessTier == "ARCHIVE_ACCESS")) || !t.Days) return fail(malformed_xml());
    if (*t.Days < (deep ? 180 : 90) || *t.Days > 730)
      return fail(invalid_argument(cat("'Days' for tier ", t.AccessTier.view(), " must be between ", deep ? 180 : 90, " and 730."), "Days", cat(*t.Days)));
  }
  if (c.Filter) FB_TRY(check_filter(*c.Filter, false));
  cx.set_status(204);
  return put_numbered(cx, in.Bucket, kind::tiering, in.Id, as_json(*shapes::IntelligentTieringConfiguration, &c));
}
Result<void> GetBucketIntelligentTieringConfiguration(Context& cx, const svc::GetBucketIntelligentTieringConfigurationRequest& in, svc::GetBucketIntelligentTieringConfigurationOutput& out) {
  return get_one(cx, in.Bucket, kind::tiering, in.Id, out.IntelligentTieringConfiguration, *shapes::IntelligentTieringConfiguration);
}
Result<void> DeleteBucketIntelligentTieringConfiguration(Context& cx, const svc::DeleteBucketIntelligentTieringConfigurationRequest& in, svc::DeleteBucketIntelligentTieringConfigurationOutput&) {
  return delete_numbered(cx, in.Bucket, kind::tiering, in.Id);
}
Result<void> ListBucketIntelligentTieringConfigurations(Context& cx, const svc::ListBucketIntelligentTieringConfigurationsRequest& in, svc::ListBucketIntelligentTieringConfigurationsOutput& out) {
  return list_all(cx, in, out, out.IntelligentTieringConfigurationList, kind::tiering, *shapes::IntelligentTieringConfiguration);
}

}  // namespace fogbank::s3
