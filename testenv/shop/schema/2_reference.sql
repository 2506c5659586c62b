-- EAV metadata, customer groups and tax classes.

create table `{prefix}eav_entity_type` (
  `entity_type_id` smallint unsigned not null auto_increment, `entity_type_code` varchar(50) not null,
  `entity_model` varchar(255) not null, `attribute_model` varchar(255), `entity_table` varchar(255),
  `value_table_prefix` varchar(255), `entity_id_field` varchar(255),
  `is_data_sharing` smallint unsigned not null default 1, `data_sharing_key` varchar(100) default 'default',
  `default_attribute_set_id` smallint unsigned not null default 0, `increment_model` varchar(255),
  `increment_per_store` smallint unsigned not null default 0,
  `increment_pad_length` smallint unsigned not null default 8, `increment_pad_char` varchar(1) not null default '0',
  `additional_attribute_table` varchar(255), `entity_attribute_collection` varchar(255),
  primary key (`entity_type_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}eav_attribute` (
  `attribute_id` smallint unsigned not null auto_increment, `entity_type_id` smallint unsigned not null default 0,
  `attribute_code` varchar(255) not null, `attribute_model` varchar(255), `backend_model` varchar(255),
  `backend_type` varchar(8) not null default 'static', `backend_table` varchar(255), `frontend_model` varchar(255),
  `frontend_input` varchar(50), `frontend_label` varchar(255), `frontend_class` varchar(255),
  `source_model` varchar(255), `is_required` smallint unsigned not null default 0,
  `is_user_defined` smallint unsigned not null default 0, `default_value` text,
  `is_unique` smallint unsigned not null default 0, `note` varchar(255),
  primary key (`attribute_id`),
  unique key (`entity_type_id`, `attribute_code`),
  foreign key (`entity_type_id`) references `{prefix}eav_entity_type` (`entity_type_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}catalog_eav_attribute` (
  `attribute_id` smallint unsigned not null, `frontend_input_renderer` varchar(255),
  `is_global` smallint unsigned not null default 1, `is_visible` smallint unsigned not null default 1,
  `is_searchable` smallint unsigned not null default 0, `is_filterable` smallint unsigned not null default 0,
  `is_comparable` smallint unsigned not null default 0, `is_visible_on_front` smallint unsigned not null default 0,
  `is_html_allowed_on_front` smallint unsigned not null default 0,
  `is_used_for_price_rules` smallint unsigned not null default 0,
  `is_filterable_in_search` smallint unsigned not null default 0,
  `used_in_product_listing` smallint unsigned not null default 0,
  `used_for_sort_by` smallint unsigned not null default 0, `apply_to` varchar(255),
  `is_visible_in_advanced_search` smallint unsigned not null default 0, `position` int not null default 0,
  `is_wysiwyg_enabled` smallint unsigned not null default 0,
  `is_used_for_promo_rules` smallint unsigned not null default 0,
  `is_required_in_admin_store` smallint unsigned not null default 0,
  `is_used_in_grid` smallint unsigned not null default 0, `is_visible_in_grid` smallint unsigned not null default 0,
  `is_filterable_in_grid` smallint unsigned not null default 0, `search_weight` float not null default 1,
  `additional_data` text,
  primary key (`attribute_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}customer_eav_attribute` (
  `attribute_id` smallint unsigned not null, `is_visible` smallint unsigned not null default 1,
  `input_filter` varchar(255), `multiline_count` smallint unsigned not null default 1, `validate_rules` text,
  `is_system` smallint unsigned not null default 0, `sort_order` int unsigned not null default 0,
  `data_model` varchar(255), `is_used_in_grid` smallint unsigned not null default 0,
  `is_visible_in_grid` smallint unsigned not null default 0,
  `is_filterable_in_grid` smallint unsigned not null default 0,
  `is_searchable_in_grid` smallint unsigned not null default 0,
  `grid_filter_condition_type` smallint unsigned not null default 0,
  primary key (`attribute_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}eav_attribute_option` (
  `option_id` int unsigned not null auto_increment, `attribute_id` smallint unsigned not null default 0,
  `sort_order` smallint unsigned not null default 0,
  primary key (`option_id`),
  foreign key (`attribute_id`) references `{prefix}eav_attribute` (`attribute_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}eav_attribute_option_value` (
  `value_id` int unsigned not null auto_increment, `option_id` int unsigned not null default 0,
  `store_id` smallint unsigned not null default 0, `value` varchar(255),
  primary key (`value_id`),
  unique key (`store_id`, `option_id`),
  foreign key (`option_id`) references `{prefix}eav_attribute_option` (`option_id`) on delete cascade,
  foreign key (`store_id`) references `{prefix}store` (`store_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}customer_group` (
  `customer_group_id` int unsigned not null auto_increment, `customer_group_code` varchar(32) not null,
  `tax_class_id` int unsigned not null default 0,
  primary key (`customer_group_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}tax_class` (
  `class_id` smallint not null auto_increment, `class_name` varchar(255) not null,
  `class_type` varchar(8) not null default 'CUSTOMER',
  primary key (`class_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;
