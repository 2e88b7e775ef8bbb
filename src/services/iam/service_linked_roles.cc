#include "services/iam/service_linked_roles.h"

#include "base/strings.h"

namespace fogbank::iam {
namespace {

constexpr std::string_view kDomain = ".amazonaws.com";

/// By service. Source: AWS managed policies below /aws-service-role/ and the services' guides, "Using service-linked roles".
constexpr ServiceLinkedRole kRoles[] = {
    {"access-analyzer", "AccessAnalyzer", "AccessAnalyzerServiceRolePolicy"},
    {"accountdiscovery.ssm", "AmazonSSM_AccountDiscovery", "AWSSystemsManagerAccountDiscoveryServicePolicy"},
    {"acm", "CertificateManager", "CertificateManagerServiceRolePolicy"},
    {"agentless.inspector2", "AmazonInspector2Agentless", "AmazonInspector2AgentlessServiceRolePolicy"},
    {"airflow", "AmazonMWAA", "AmazonMWAAServiceRolePolicy"},
    {"apidestinations.events", "AmazonEventBridgeApiDestinations", "AmazonEventBridgeApiDestinationsServiceRolePolicy"},
    {"application-insights", "ApplicationInsights", "CloudwatchApplicationInsightsServiceLinkedRolePolicy"},
    {"application-signals.cloudwatch", "CloudWatchApplicationSignals", "CloudWatchApplicationSignalsServiceRolePolicy"},
    {"appmesh", "AppMesh", "AWSAppMeshServiceRolePolicy"},
    {"apprunner", "AppRunner", "AppRunnerServiceRolePolicy"},
    {"appstream.application-autoscaling", "ApplicationAutoScaling_AppStreamFleet", "AWSApplicationAutoscalingAppStreamFleetPolicy"},
    {"appsync", "AppSync", "AWSAppSyncServiceRolePolicy"},
    {"auditmanager", "AuditManager", "AWSAuditManagerServiceRolePolicy"},
    {"autoscaling", "AutoScaling", "AutoScalingServiceRolePolicy", true},
    {"autoscaling-plans", "AutoScalingPlans_EC2AutoScaling", "AWSAutoScalingPlansEC2AutoScalingPolicy"},
    {"backup", "Backup", "AWSBackupServiceLinkedRolePolicyForBackup"},
    {"batch", "Batch", "BatchServiceRolePolicy"},
    {"braket", "AmazonBraket", "AmazonBraketServiceRolePolicy"},
    {"capacity-reservation-fleet.ec2", "EC2CapacityReservationFleet", "AWSEC2CapacityReservationFleetRolePolicy"},
    {"cassandra.application-autoscaling", "ApplicationAutoScaling_CassandraTable", "AWSApplicationAutoscalingCassandraTablePolicy"},
    {"changemanagement.ssm", "SystemsManagerChangeManagement", "AWSSystemsManagerChangeManagementServicePolicy"},
    {"chime", "AmazonChime", "AmazonChimeServiceRolePolicy"},
    {"cks.kms", "KeyManagementServiceCustomKeyStores", "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy"},
    {"clientvpn", "ClientVPN", "ClientVPNServiceRolePolicy"},
    {"clientvpn-connections", "ClientVPNConnections", "ClientVPNServiceConnectionsRolePolicy"},
    {"cloud9", "AWSCloud9", "AWSCloud9ServiceRolePolicy"},
    {"cloudhsm", "CloudHSM", "CloudHSMServiceRolePolicy"},
    {"cloudtrail", "CloudTrail", "CloudTrailServiceRolePolicy"},
    {"cloudwatch-crossaccount", "CloudWatchCrossAccount", "CloudWatch-CrossAccountAccess"},
    {"codeguru-reviewer", "AmazonCodeGuruReviewer", "AmazonCodeGuruReviewerServiceRolePolicy"},
    {"codestar-notifications", "CodeStarNotifications", "AWSCodeStarNotificationsServiceRolePolicy"},
    {"cognito-idp", "AmazonCognitoIdp", "AmazonCognitoIdpServiceRolePolicy"},
    {"comprehend.application-autoscaling", "ApplicationAutoScaling_ComprehendEndpoint", "AWSApplicationAutoscalingComprehendEndpointPolicy"},
    {"compute-optimizer", "ComputeOptimizer", "ComputeOptimizerServiceRolePolicy"},
    {"config", "Config", "AWSConfigServiceRolePolicy"},
    {"config-conforms", "ConfigConforms", "ConfigConformsServiceRolePolicy"},
    {"config-multiaccountsetup", "ConfigMultiAccountSetup", "AWSConfigMultiAccountSetupPolicy"},
    {"connect", "AmazonConnect", "AmazonConnectServiceLinkedRolePolicy", true},
    {"contributorinsights.dynamodb", "DynamoDBCloudWatchContributorInsights", "DynamoDBCloudWatchContributorInsightsServiceRolePolicy"},
    {"controltower", "AWSControlTower", "AWSControlTowerAccountServiceRolePolicy"},
    {"cost-optimization-hub.bcm", "CostOptimizationHub", "CostOptimizationHubServiceRolePolicy"},
    {"custom-resource.application-autoscaling", "ApplicationAutoScaling_CustomResource", "AWSApplicationAutoScalingCustomResourcePolicy"},
    {"custom.rds", "RDSCustom", "AmazonRDSCustomServiceRolePolicy"},
    {"dax", "DAX", "DAXServiceRolePolicy"},
    {"delivery.logs", "LogDelivery", "AWSServiceRoleForLogDeliveryPolicy"},
    {"detective", "Detective", "AmazonDetectiveServiceLinkedRolePolicy"},
    {"devops-guru", "DevOpsGuru", "AmazonDevOpsGuruServiceRolePolicy"},
    {"directconnect", "DirectConnect", "AWSDirectConnectServiceRolePolicy"},
    {"dms", "DMSServerless", "AWSDMSServerlessServiceRolePolicy"},
    {"dms-fleet-advisor", "DMSFleetAdvisor", "AWSDMSFleetAdvisorServiceRolePolicy"},
    {"docdb-elastic", "DocDB-Elastic", "AmazonDocDB-ElasticServiceRolePolicy"},
    {"drs", "ElasticDisasterRecovery", "AWSElasticDisasterRecoveryServiceRolePolicy"},
    {"dsql", "AuroraDsql", "AuroraDsqlServiceLinkedRolePolicy"},
    {"dynamodb.application-autoscaling", "ApplicationAutoScaling_DynamoDBTable", "AWSApplicationAutoscalingDynamoDBTablePolicy"},
    {"ec2-instance-connect", "Ec2InstanceConnect", "Ec2InstanceConnectEndpoint"},
    {"ec2.application-autoscaling", "ApplicationAutoScaling_EC2SpotFleetRequest", "AWSApplicationAutoscalingEC2SpotFleetRequestPolicy"},
    {"ec2fastlaunch", "EC2FastLaunch", "EC2FastLaunchServiceRolePolicy"},
    {"ec2fleet", "EC2Fleet", "AWSEC2FleetServiceRolePolicy"},
    {"ec2scheduled", "EC2ScheduledInstances", "AWSServiceRoleForEC2ScheduledInstances"},
    {"ecr", "ECRTemplate", "ECRTemplateServiceRolePolicy"},
    {"ecs", "ECS", "AmazonECSServiceRolePolicy"},
    {"ecs-compute", "ECSCompute", "AmazonECSComputeServiceRolePolicy"},
    {"ecs.application-autoscaling", "ApplicationAutoScaling_ECSService", "AWSApplicationAutoscalingECSServicePolicy"},
    {"eks", "AmazonEKS", "AmazonEKSServiceRolePolicy"},
    {"eks-connector", "AmazonEKSConnector", "AmazonEKSConnectorServiceRolePolicy"},
    {"eks-fargate", "AmazonEKSForFargate", "AmazonEKSForFargateServiceRolePolicy"},
    {"eks-local-outpost", "AmazonEKSLocalOutpost", "AmazonEKSLocalOutpostServiceRolePolicy"},
    {"eks-nodegroup", "AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"},
    {"elasticache", "ElastiCache", "ElastiCacheServiceRolePolicy"},
    {"elasticache.application-autoscaling", "ApplicationAutoScaling_ElastiCacheRG", "AWSApplicationAutoscalingElastiCacheRGPolicy"},
    {"elasticbeanstalk", "ElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy"},
    {"elasticfilesystem", "AmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy"},
    {"elasticloadbalancing", "ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy"},
    {"elasticmapreduce", "EMRCleanup", "AmazonEMRCleanupPolicy"},
    {"elasticmapreduce.application-autoscaling", "ApplicationAutoScaling_EMRInstanceGroup", "AWSApplicationAutoscalingEMRInstanceGroupPolicy"},
    {"email.cognito-idp", "AmazonCognitoIdpEmailService", "AmazonCognitoIdpEmailServiceRolePolicy"},
    {"emr-containers", "AmazonEMRContainers", "AmazonEMRContainersServiceRolePolicy"},
    {"emrwal", "EMRWAL", "EMRDescribeClusterPolicyForEMRWAL"},
    {"es", "AmazonElasticsearchService", "AmazonElasticsearchServiceRolePolicy"},
    {"event-processor.health", "Health_EventProcessor", "AWSHealth_EventProcessorServiceRolePolicy"},
    {"events", "CloudWatchEvents", "CloudWatchEventsServiceRolePolicy"},
    {"fis", "FIS", "AmazonFISServiceRolePolicy"},
    {"fms", "FMS", "FMSServiceRolePolicy"},
    {"fsx", "AmazonFSx", "AmazonFSxServiceRolePolicy"},
    {"globalaccelerator", "GlobalAccelerator", "AWSGlobalAcceleratorSLRPolicy"},
    {"grafana", "AmazonGrafana", "AmazonGrafanaServiceLinkedRolePolicy"},
    {"guardduty", "AmazonGuardDuty", "AmazonGuardDutyServiceRolePolicy"},
    {"health", "Health_Organizations", "Health_OrganizationsServiceRolePolicy"},
    {"imagebuilder", "ImageBuilder", "AWSServiceRoleForImageBuilder"},
    {"inspector", "AmazonInspector", "AmazonInspectorServiceRolePolicy"},
    {"inspector2", "AmazonInspector2", "AmazonInspector2ServiceRolePolicy"},
    {"internetmonitor", "InternetMonitor", "CloudWatchInternetMonitorServiceRolePolicy"},
    {"iotmanagedintegrations", "IoTManagedIntegrations", "AWSIoTManagedIntegrationsRolePolicy"},
    {"ipam", "IPAM", "AWSIPAMServiceRolePolicy"},
    {"kafka", "Kafka", "KafkaServiceRolePolicy"},
    {"kafka.application-autoscaling", "ApplicationAutoScaling_KafkaCluster", "AWSApplicationAutoscalingKafkaClusterPolicy"},
    {"kafkaconnect", "KafkaConnect", "KafkaConnectServiceRolePolicy"},
    {"kinesisreplication.dynamodb", "DynamoDBKinesisDataStreamsReplication", "DynamoDBKinesisReplicationServiceRolePolicy"},
    {"lakeformation", "LakeFormationDataAccess", "LakeFormationDataAccessServiceRolePolicy"},
    {"lambda.application-autoscaling", "ApplicationAutoScaling_LambdaConcurrency", "AWSApplicationAutoscalingLambdaConcurrencyPolicy"},
    {"lexv2", "LexV2Bots", "AmazonLexV2BotPolicy", true},
    {"license-manager", "AWSLicenseManagerRole", "AWSLicenseManagerServiceRolePolicy"},
    {"lightsail", "Lightsail", "LightsailExportAccess"},
    {"logger.cloudfront", "CloudFrontLogger", "AWSCloudFrontLogger"},
    {"m2", "AWSM2", "AWSM2ServicePolicy"},
    {"macie", "AmazonMacie", "AmazonMacieServiceRolePolicy"},
    {"maintenance.elasticbeanstalk", "ElasticBeanstalkMaintenance", "AWSElasticBeanstalkMaintenance"},
    {"malware-protection.guardduty", "AmazonGuardDutyMalwareProtection", "AmazonGuardDutyMalwareProtectionServiceRolePolicy"},
    {"managedblockchain", "AmazonManagedBlockchain", "AmazonManagedBlockchainServiceRolePolicy"},
    {"managedupdates.elasticbeanstalk", "ElasticBeanstalkManagedUpdates", "AWSElasticBeanstalkManagedUpdatesServiceRolePolicy"},
    {"management.chatbot", "AWSChatbot", "AWSChatbotServiceLinkedRolePolicy"},
    {"member.org.stacksets.cloudformation", "CloudFormationStackSetsOrgMember", "CloudFormationStackSetsOrgMemberServiceRolePolicy"},
    {"memorydb", "MemoryDB", "MemoryDBServiceRolePolicy"},
    {"mgn", "ApplicationMigrationService", "AWSApplicationMigrationServiceRolePolicy"},
    {"migrationhub", "MigrationHub", "MigrationHubServiceRolePolicy"},
    {"mq", "AmazonMQ", "AmazonMQServiceRolePolicy"},
    {"mrk.kms", "KeyManagementServiceMultiRegionKeys", "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"},
    {"neptune.application-autoscaling", "ApplicationAutoScaling_NeptuneCluster", "AWSApplicationAutoscalingNeptuneClusterPolicy"},
    {"network-firewall", "NetworkFirewall", "AWSNetworkFirewallServiceRolePolicy"},
    {"networking.apprunner", "AppRunnerNetworking", "AppRunnerNetworkingServiceRolePolicy"},
    {"networkmanager", "NetworkManager", "AWSNetworkManagerServiceRolePolicy"},
    {"notifications", "AwsUserNotifications", "AWSUserNotificationsServiceLinkedRolePolicy"},
    {"observability.aoss", "AmazonOpenSearchServerless", "AmazonOpenSearchServerlessServiceRolePolicy"},
    {"opensearchservice", "AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy"},
    {"ops.apigateway", "APIGateway", "APIGatewayServiceRolePolicy"},
    {"ops.emr-serverless", "AmazonEMRServerless", "AmazonEMRServerlessServiceRolePolicy"},
    {"opsdatasync.ssm", "SystemsManagerOpsDataSync", "AWSSystemsManagerOpsDataSyncServiceRolePolicy"},
    {"opsinsights.ssm", "AmazonSSM_OpsInsights", "AWSSSMOpsInsightsServiceRolePolicy"},
    {"organizations", "Organizations", "AWSOrganizationsServiceTrustPolicy"},
    {"orgsdatasync.servicecatalog", "ServiceCatalogOrgsDataSync", "AWSServiceCatalogOrgsDataSyncServiceRolePolicy"},
    {"osis", "AmazonOpenSearchIngestionService", "AmazonOpenSearchIngestionServiceRolePolicy"},
    {"practice-run.arc-zonal-shift", "ZonalAutoshiftPracticeRun", "AWSZonalAutoshiftPracticeRunSLRPolicy"},
    {"pullthroughcache.ecr", "ECRPullThroughCache", "AWSECRPullThroughCache_ServiceRolePolicy"},
    {"ram", "ResourceAccessManager", "AWSResourceAccessManagerServiceRolePolicy"},
    {"rds", "RDS", "AmazonRDSServiceRolePolicy"},
    {"rds.application-autoscaling", "ApplicationAutoScaling_RDSCluster", "AWSApplicationAutoscalingRDSClusterPolicy"},
    {"redshift", "Redshift", "AmazonRedshiftServiceLinkedRolePolicy"},
    {"remediation.config", "ConfigRemediation", "AWSConfigRemediationServiceRolePolicy"},
    {"replication.cassandra", "KeyspacesReplication", "KeyspacesReplicationServiceRolePolicy"},
    {"replication.dynamodb", "DynamoDBReplication", "DynamoDBReplicationServiceRolePolicy"},
    {"replication.ecr", "ECRReplication", "ECRReplicationServiceRolePolicy"},
    {"replicator.lambda", "LambdaReplicator", "AWSLambdaReplicator"},
    {"reporting.trustedadvisor", "TrustedAdvisorReporting", "AWSTrustedAdvisorReportingServiceRolePolicy"},
    {"reports.backup", "BackupReports", "AWSServiceRolePolicyForBackupReports"},
    {"repository.sync.codeconnections", "GitSync", "AWSGitSyncServiceRolePolicy"},
    {"resource-explorer-2", "ResourceExplorer", "AWSResourceExplorerServiceRolePolicy"},
    {"restore-testing.backup", "BackupRestoreTesting", "AWSServiceRolePolicyForBackupRestoreTesting"},
    {"rolesanywhere", "RolesAnywhere", "AWSRolesAnywhereServicePolicy"},
    {"route53-recovery-readiness", "Route53RecoveryReadiness", "Route53RecoveryReadinessServiceRolePolicy"},
    {"route53resolver", "Route53Resolver", "Route53ResolverServiceRolePolicy"},
    {"rum", "CloudWatchRUM", "AmazonCloudWatchRUMServiceRolePolicy"},
    {"s2svpn", "VPCS2SVPN", "AWSVPCS2SVpnServiceRolePolicy"},
    {"s3-outposts", "S3OnOutposts", "AWSS3OnOutpostsServiceRolePolicy"},
    {"sagemaker", "AmazonSageMakerNotebooks", "AmazonSageMakerNotebooksServiceRolePolicy"},
    {"sagemaker.application-autoscaling", "ApplicationAutoScaling_SageMakerEndpoint", "AWSApplicationAutoscalingSageMakerEndpointPolicy"},
    {"schemas", "Schemas", "AmazonEventBridgeSchemasServiceRolePolicy"},
    {"scraper.aps", "AmazonPrometheusScraper", "AmazonPrometheusScraperServiceRolePolicy"},
    {"securityhub", "SecurityHub", "AWSSecurityHubServiceRolePolicy"},
    {"securitylake", "SecurityLake", "SecurityLakeServiceLinkedRole"},
    {"servicecatalog-appregistry", "AWSServiceCatalogAppRegistry", "AWSServiceCatalogAppRegistryServiceRolePolicy"},
    {"servicequotas", "ServiceQuotas", "ServiceQuotasServiceRolePolicy"},
    {"ses", "AmazonSES", "AmazonSESServiceRolePolicy"},
    {"shield", "AWSShield", "AWSShieldServiceRolePolicy"},
    {"spot", "EC2Spot", "AWSEC2SpotServiceRolePolicy"},
    {"spotfleet", "EC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy"},
    {"ssm", "AmazonSSM", "AmazonSSMServiceRolePolicy"},
    {"ssm-incidents", "IncidentManager", "AWSIncidentManagerServiceRolePolicy"},
    {"ssm-quicksetup", "SSMQuickSetup", "SSMQuickSetupRolePolicy"},
    {"sso", "SSO", "AWSSSOServiceRolePolicy"},
    {"stacksets.cloudformation", "CloudFormationStackSetsOrgAdmin", "CloudFormationStackSetsOrgAdminServiceRolePolicy"},
    {"storage-lens.s3", "S3StorageLens", "S3StorageLensServiceRolePolicy"},
    {"support", "Support", "AWSSupportServiceRolePolicy"},
    {"sync.servicecatalog", "ServiceCatalogSync", "AWSServiceCatalogSyncServiceRolePolicy"},
    {"timestream-influxdb", "AmazonTimestreamInfluxDB", "AmazonTimestreamInfluxDBServiceRolePolicy"},
    {"transitgateway", "VPCTransitGateway", "AWSVPCTransitGatewayServiceRolePolicy"},
    {"trustedadvisor", "TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy"},
    {"voiceconnector.chime", "AmazonChimeVoiceConnector", "AmazonChimeVoiceConnectorServiceLinkedRolePolicy"},
    {"vpc-lattice", "VpcLattice", "AWSVpcLatticeServiceRolePolicy"},
    {"vpcorigin.cloudfront", "CloudFrontVPCOrigin", "AWSCloudFrontVPCOriginServiceRolePolicy"},
    {"waf", "WAFLogging", "WAFLoggingServiceRolePolicy"},
    {"wafv2", "WAFV2Logging", "WAFV2LoggingServiceRolePolicy"},
    {"workspaces.application-autoscaling", "ApplicationAutoScaling_WorkSpacesPool", "AWSApplicationAutoscalingWorkSpacesPoolPolicy"},
};
static_assert(std::is_sorted(std::begin(kRoles), std::end(kRoles), [](const auto& a, const auto& b) { return a.service < b.service; }));

}  // namespace

std::string ServiceLinkedRole::role_name(std::string_view custom_suffix) const {
  return custom_suffix.empty() ? cat("AWSServiceRoleFor", name) : cat("AWSServiceRoleFor", name, '_', custom_suffix);
}

std::string ServiceLinkedRole::policy_arn(std::string_view partition) const { return cat("arn:", partition, ":iam::aws:policy", kServiceRolePath, policy); }

std::span<const ServiceLinkedRole> service_linked_roles() { return kRoles; }

const ServiceLinkedRole* find_service_linked_role(std::string_view service) {
  if (!service.ends_with(kDomain)) return nullptr;
  service.remove_suffix(kDomain.size());
  auto at = std::lower_bound(std::begin(kRoles), std::end(kRoles), service, [](const ServiceLinkedRole& r, std::string_view s) { return r.service < s; });
  return at != std::end(kRoles) && at->service == service ? at : nullptr;
}

Result<void> check_modifiable(const Entity& e) {
  if (!e.service_linked) return {};
  return fail("UnmodifiableEntity", cat("Cannot perform the operation on the protected role '", e.name, "' - this role is only modifiable by AWS"));
}

store::Key deletion_key(const Scope& scope, std::string_view task_id) {
  return store::key(scope.global(), kRoleDeletions, std::string_view("task"), task_id);
}
store::Key deletion_of_role_key(const Scope& scope, std::string_view role_id) {
  return store::key(scope.global(), kRoleDeletions, std::string_view("role"), role_id);
}

std::string_view role_of_deletion(std::string_view task_id) {
  auto parts = split(task_id, '/');
  bool fits = parts.size() == 5 && parts[0] == "task" && parts[1] == "aws-service-role" && !parts[2].empty() && !parts[3].empty() && !parts[4].empty();
  return fits ? parts[3] : std::string_view();
}

}  // namespace fogbank::iam
