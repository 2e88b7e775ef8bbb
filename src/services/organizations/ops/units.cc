// CreateOrganizationalUnit, DescribeOrganizationalUnit, UpdateOrganizationalUnit, DeleteOrganizationalUnit,
// ListOrganizationalUnitsForParent, ListChildren, ListParents.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganizationalUnit.html and the like
#include "gen/organizations/operations.h"
#include "services/organizations/answers.h"
#include "services/organizations/errors.h"
#include "services/organizations/paging.h"

namespace fogbank::organizations {
namespace {

constexpr std::string_view kUnitKind = "u", kAccountKind = "a";

store::Key name_key(const Place& place, std::string_view parent, std::string_view name) { return place.key(kUnitNames, parent, name); }

bool has_children(store::Reader& reader, const Place& place, std::string_view id) {
  bool any = false;
  reader.scan_prefix(place.key(kChildren, id), [&](std::string_view, std::string_view, store::Version) { any = true; return false; });
  return any;
}

Result<Node> existing_unit(store::Reader& reader, const Place& place, std::string_view id) {
  auto unit = find_node(reader, place, id);
  if (!unit) return fail(unit_not_found());
  return std::move(*unit);
}

}  // namespace

Result<void> CreateOrganizationalUnit(Context& cx, const svc::CreateOrganizationalUnitRequest& in, svc::CreateOrganizationalUnitResponse& out) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    auto parent = find_node(tx, place, in.ParentId);
    if (!parent) return fail(parent_not_found());
    if (tx.has(name_key(place, in.ParentId, in.Name))) return fail(duplicate_unit());
    if (parent->depth >= kMaxDepth)
      return fail(constraint("OU_DEPTH_LIMIT_EXCEEDED", "You cannot add an organizational unit to the specified parent because it would exceed the max depth allowed."));
    if (place.org.units >= kMaxUnits)
      return fail(constraint("OU_NUMBER_LIMIT_EXCEEDED", "You have exceeded the allowed number of organizational units."));
    Node unit;
    unit.id = new_unit_id(cx.random(), place.org.root);
    unit.parent = parent->id;
    unit.name = in.Name.view();
    unit.depth = parent->depth + 1;
    unit.order = tx.next(place.scope, "organizations");
    FB_TRY(merge_tags(unit.tags, tags_of(in.Tags)));
    put_node(tx, place, unit);
    tx.put_record(name_key(place, unit.parent, unit.name), Pointer{unit.id, {}});
    tx.put_record(child_key(place, unit.parent, kUnitKind, unit.order), Pointer{unit.id, {}});
    place.org.units++;
    fill_unit(cx, tx, place, unit, cx.make(out.OrganizationalUnit));
    return {};
  });
}

Result<void> DescribeOrganizationalUnit(Context& cx, const svc::DescribeOrganizationalUnitRequest& in, svc::DescribeOrganizationalUnitResponse& out) {
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    FB_ASSIGN(unit, existing_unit(reader, place, in.OrganizationalUnitId));
    fill_unit(cx, reader, place, unit, cx.make(out.OrganizationalUnit));
    return {};
  });
}

Result<void> UpdateOrganizationalUnit(Context& cx, const svc::UpdateOrganizationalUnitRequest& in, svc::UpdateOrganizationalUnitResponse& out) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    FB_ASSIGN(unit, existing_unit(tx, place, in.OrganizationalUnitId));
    if (in.Name) {
      if (tx.has(name_key(place, unit.parent, in.Name))) return fail(duplicate_unit());
      tx.erase(name_key(place, unit.parent, unit.name));
      unit.name = in.Name.view();
      tx.put_record(name_key(place, unit.parent, unit.name), Pointer{unit.id, {}});
      put_node(tx, place, unit);
    }
    fill_unit(cx, tx, place, unit, cx.make(out.OrganizationalUnit));
    return {};
  });
}

Result<void> DeleteOrganizationalUnit(Context& cx, const svc::DeleteOrganizationalUnitRequest& in, svc::DeleteOrganizationalUnitOutput&) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    FB_ASSIGN(unit, existing_unit(tx, place, in.OrganizationalUnitId));
    if (has_children(tx, place, unit.id)) return fail("OrganizationalUnitNotEmptyException", "The organizational unit is not empty.");
    drop_attachments(tx, place, unit.attachments);
    tx.erase(place.key(kNodes, std::string_view(unit.id)));
    tx.erase(name_key(place, unit.parent, unit.name));
    tx.erase(child_key(place, unit.parent, kUnitKind, unit.order));
    place.org.units--;
    return {};
  });
}

Result<void> ListOrganizationalUnitsForParent(Context& cx, const svc::ListOrganizationalUnitsForParentRequest& in, svc::ListOrganizationalUnitsForParentResponse& out) {
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    if (!find_node(reader, place, in.ParentId)) return fail(parent_not_found());
    out.OrganizationalUnits.reserve(cx.arena(), 1);
    return page_of_rows(cx, reader, children_key(place, in.ParentId, kUnitKind), in, out, [&](std::string_view bytes, bool full) {
      auto unit = find_node(reader, place, decode<Pointer>(bytes)->id);
      if (unit && !full) fill_unit(cx, reader, place, *unit, out.OrganizationalUnits.add(cx.arena()));
      return unit.has_value();
    });
  });
}

Result<void> ListChildren(Context& cx, const svc::ListChildrenRequest& in, svc::ListChildrenResponse& out) {
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    if (!find_node(reader, place, in.ParentId)) return fail(parent_not_found());
    out.Children.reserve(cx.arena(), 1);
    std::string_view kind = in.ChildType == "ACCOUNT" ? kAccountKind : kUnitKind;
    return page_of_rows(cx, reader, children_key(place, in.ParentId, kind), in, out, [&](std::string_view bytes, bool full) {
      if (full) return true;
      auto& child = out.Children.add(cx.arena());
      child.Id = cx.str(decode<Pointer>(bytes)->id);
      child.Type = cx.str(in.ChildType);
      return true;
    });
  });
}

Result<void> ListParents(Context& cx, const svc::ListParentsRequest& in, svc::ListParentsResponse& out) {
  if (in.NextToken) return fail(invalid_token());  // whatever has a parent has one
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    auto child = find_target(reader, place, in.ChildId);
    if (!child) return fail(child_not_found());
    const std::string& id = child->node ? child->node->parent : child->account->parent;
    auto& parent = out.Parents.add(cx.arena());
    parent.Id = cx.str(id);
    parent.Type = is_root_id(id) ? "ROOT" : "ORGANIZATIONAL_UNIT";
    return {};
  });
}

}  // namespace fogbank::organizations
