package policy

// Products are knobs about products and stock. Refused in this version.
type Products struct {
	SyncProducts bool `yaml:"sync_products,omitempty" json:"sync_products,omitempty"`
	SyncStock    bool `yaml:"sync_stock,omitempty" json:"sync_stock,omitempty"`
	// DefaultEUGoodsServices may be GOODS, which is what Sage takes by itself.
	DefaultEUGoodsServices string            `yaml:"default_eu_goods_services_type,omitempty" json:"default_eu_goods_services_type,omitempty"`
	ProductTypeEUGoodsMap  map[string]string `yaml:"product_type_eu_goods_map,omitempty" json:"product_type_eu_goods_map,omitempty"`
}

func (Products) check() []fault { return nil }

func (p Products) later() []knob {
	return []knob{
		{"sync_products", p.SyncProducts},
		{"sync_stock", p.SyncStock},
		{"default_eu_goods_services_type", p.DefaultEUGoodsServices != "" && p.DefaultEUGoodsServices != "GOODS"},
		{"product_type_eu_goods_map", len(p.ProductTypeEUGoodsMap) > 0},
	}
}

func (Products) references() []Reference { return nil }
